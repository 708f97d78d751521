#!/usr/bin/env python3
"""Error rates on real prints do not slip: the six FVC sets, one threshold.

usage: finger_accuracy_test.py BIN_FOLDER DATA_FOLDER

Limits are the upper ends of the intervals that README.md states (95 %, by finger), so that they
fail on what is a loss beyond chance; `distinct eval finger` says more.
"""

import json
import pathlib
import subprocess
import sys
import unittest

DATA = pathlib.Path(sys.argv.pop()).resolve()
BIN = pathlib.Path(sys.argv.pop()).resolve()
SETS = ["fvc2002_db1", "fvc2002_db2@569", "fvc2002_db3", "fvc2004_db1", "fvc2004_db2",
        "fvc2004_db3@512"]


def evaluated(sets):
    arguments = [argument for name in sets for argument in ("--set", DATA / "finger" / name)]
    done = subprocess.run([BIN / "distinct", "eval", "finger", *arguments, "--json", "-"],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


class FingerAccuracy(unittest.TestCase):
    def test_the_six_sets(self):
        report = evaluated(SETS)
        pooled = report["pooled"]
        self.assertEqual((pooled["mated"], pooled["nonmated"], pooled["failed"]), (1680, 17280, []))
        self.assertLess(pooled["eer"], 0.017)
        self.assertLess(pooled["fnmr_at_fmr"]["1e-3"], 0.031)
        self.assertLess(max(one["eer"] for one in report["sets"]), 0.04)

    def test_no_stranger_passes_where_no_mate_is_missed(self):
        pooled = evaluated(["crossmatch"])["pooled"]
        self.assertEqual(pooled["fnmr_at_zero_fmr"], 0)


if __name__ == "__main__":
    unittest.main()
