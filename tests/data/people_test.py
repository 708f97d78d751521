#!/usr/bin/env python3
"""Real people through a real server: who is enrolled, and who comes back under another name.

usage: people_test.py BIN_FOLDER DATA_FOLDER

DATA_FOLDER has finger/ and face/ with images named IDENTITY_IMPRESSION.EXT; fingers of one person
are PERSON_FINGER_IMPRESSION.EXT, the finger code taken as an ISO/IEC 19794-2 number: a label only.
"""

import collections
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

DATA = pathlib.Path(sys.argv.pop()).resolve()
BIN = pathlib.Path(sys.argv.pop()).resolve()
POSITIONS = ["UNKNOWN_FINGER", "RIGHT_THUMB", "RIGHT_INDEX", "RIGHT_MIDDLE", "RIGHT_RING",
             "RIGHT_LITTLE", "LEFT_THUMB", "LEFT_INDEX", "LEFT_MIDDLE", "LEFT_RING", "LEFT_LITTLE"]
FVC = {"fvc2002_db1": 500, "fvc2002_db2": 569, "fvc2002_db3": 500, "fvc2004_db1": 500,
       "fvc2004_db2": 500, "fvc2004_db3": 512}
# One volunteer gave this finger to both collections: of 64 pairs of impressions 54 reach the
# duplicate threshold and 60 the review threshold. Distinct found it.
SAME_FINGER = {"fvc2004_db3.102": "fvc2002_db3.108"}
FACE_IDENTITIES = 60


def people_of(folder):
    """{person: {impression: [sample]}} of images PERSON_FINGER_IMPRESSION."""
    people = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in sorted(folder.glob("*.png")):
        person, finger, impression = path.stem.split("_")
        people[person][int(impression)].append(
            {"position": POSITIONS[int(finger)], "file": str(path), "dpi": 500})
    return people


class People(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.server = subprocess.Popen(
            [BIN / "distinctd", "--store", pathlib.Path(self.folder.name) / "store",
             "--listen", "127.0.0.1:0", "--log-level", "error"],
            stdout=subprocess.PIPE, text=True)
        self.address = self.server.stdout.readline().split()[-1]

    def tearDown(self):
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(timeout=60), 0)
        self.server.stdout.close()
        self.folder.cleanup()

    def distinct(self, *arguments):
        done = subprocess.run([BIN / "distinct", "--server", self.address, *arguments],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def enrol(self, submissions):
        """Answers of [(enrolment_id, samples)], in order."""
        manifest = pathlib.Path(self.folder.name) / "manifest.jsonl"
        manifest.write_text("".join(
            json.dumps({"enrolment_id": i, "external_ref": "ref " + i, "samples": samples}) + "\n"
            for i, samples in submissions))
        out = self.distinct("enrol", str(manifest), "--json", "-")
        return [json.loads(line) for line in out.splitlines()]

    def check_people(self, name, misses_max):
        """Everybody enrols with impression 1 and comes back with the others."""
        people = people_of(DATA / "finger" / name)
        first = self.enrol([(p, by_impression[1]) for p, by_impression in people.items()])
        self.assertEqual([a["decision"] for a in first], ["UNIQUE"] * len(people))
        again = [(f"{p}-{i}", samples) for p, by_impression in people.items()
                 for i, samples in by_impression.items() if i > 1]
        review = json.loads(self.distinct("status", "--json", "-"))["llr_review"]
        kinds = collections.Counter()
        for (enrolment_id, _), answer in zip(again, self.enrol(again)):
            person = enrolment_id.split("-")[0]
            kinds[answer["decision"]] += 1
            if answer["decision"] == "DUPLICATE":
                self.assertEqual(answer["duplicate_of"], person)
            else:
                self.assertEqual(answer["decision"], "REVIEW", answer)
            above = [c["enrolment_id"] for c in answer["candidates"] if c["llr"] >= review]
            self.assertIn(person, {c.split("-")[0] for c in above}, answer)
            self.assertEqual({c.split("-")[0] for c in above}, {person}, answer)
        print(f"{name}: {len(people)} people, returned {len(again)} times: {dict(kinds)}")
        self.assertLessEqual(len(again) - kinds["DUPLICATE"], misses_max)

    def test_four_crossmatch_people_come_back_as_themselves(self):
        self.check_people("crossmatch", misses_max=1)

    def test_eight_fcj2020_people_come_back_as_themselves(self):
        self.check_people("fcj2020", misses_max=1)

    def test_sixty_single_fingers_come_back_as_themselves(self):
        fingers = {}
        for name, dpi in FVC.items():
            for path in sorted((DATA / "finger" / name).glob("*.png")):
                finger, impression = path.stem.split("_")
                fingers.setdefault(f"{name}.{finger}", {})[int(impression)] = [
                    {"position": "UNKNOWN_FINGER", "file": str(path), "dpi": dpi}]
        first = self.enrol([(f, by_impression[1]) for f, by_impression in fingers.items()])
        for answer in first:
            known = SAME_FINGER.get(answer["enrolment_id"])
            self.assertEqual(answer["decision"], "DUPLICATE" if known else "UNIQUE", answer)
            self.assertEqual(answer.get("duplicate_of") or None, known)
        again = [(f"{f}-{i}", samples) for f, by_impression in fingers.items()
                 for i, samples in by_impression.items() if i > 1]
        kinds = collections.Counter()
        for (enrolment_id, _), answer in zip(again, self.enrol(again)):
            finger = enrolment_id.split("-")[0]
            kinds[answer["decision"]] += 1
            if answer["decision"] == "DUPLICATE":
                self.assertEqual(answer["duplicate_of"].split("-")[0],
                                 SAME_FINGER.get(finger, finger))
        print(f"FVC, one finger a person: 60 fingers, returned {len(again)} times: {dict(kinds)}")
        # Measured 1.2 % UNIQUE and 97 % DUPLICATE; these bounds leave room for another CPU level.
        self.assertLessEqual(kinds["UNIQUE"], 0.03 * len(again))
        self.assertGreaterEqual(kinds["DUPLICATE"], 0.93 * len(again))

    def test_faces_alone_are_reviewed_and_never_decided(self):
        status = json.loads(self.distinct("status", "--json", "-"))
        if not any("face" in m for m in status["models"]):
            print("faces are disabled: not tested")
            return
        faces = collections.defaultdict(list)
        for path in sorted((DATA / "face" / "lfwa").glob("*.jpg")):
            faces[path.stem.rsplit("_", 1)[0]].append(path)
        chosen = list(faces)[:FACE_IDENTITIES]
        samples = lambda path: [{"position": "FACE", "file": str(path)}]
        first = self.enrol([(p, samples(faces[p][0])) for p in chosen])
        kinds = collections.Counter(a["decision"] for a in first)
        again = self.enrol([(p + "-2", samples(faces[p][1])) for p in chosen])
        right = sum(p in {c["enrolment_id"] for c in a["candidates"]}
                    for p, a in zip(chosen, again) if a["decision"] == "REVIEW")
        print(f"lfwa, faces alone: {len(chosen)} new: {dict(kinds)}; "
              f"back: {dict(collections.Counter(a['decision'] for a in again))}, "
              f"{right} reviews name the right person")
        self.assertEqual({a["decision"] for a in first + again} - {"UNIQUE", "REVIEW"}, set())
        self.assertGreaterEqual(kinds["UNIQUE"], 0.9 * len(chosen))
        self.assertGreaterEqual(right, 0.9 * len(chosen))


if __name__ == "__main__":
    unittest.main(verbosity=2)
