#!/usr/bin/env python3
"""The command line against a real server, as the evaluation contract has it.

usage: cli_test.py BIN_FOLDER, which holds distinct, distinctd and distinct-synthesis
"""

import csv
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop()).resolve()
PEOPLE = 4
IMPRESSIONS = 3
ISO_NUMBERS = {"RIGHT_INDEX": 2, "LEFT_THUMB": 6}  # ISO/IEC 19794-2


def write_lines(path, objects):
    path.write_text("".join(json.dumps(o) + "\n" for o in objects))


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        subprocess.run([BIN / "distinct-synthesis", "prints", "--people", str(PEOPLE),
                        "--impressions", str(IMPRESSIONS), "--out", cls.folder / "prints"],
                       check=True, stdout=subprocess.DEVNULL)
        cls.names = sorted({p.name.split("_")[0] for p in (cls.folder / "prints").glob("*.png")})

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def setUp(self):
        self.home = tempfile.TemporaryDirectory()  # of the store and what lies beside it
        self.store = pathlib.Path(self.home.name) / "store"
        self.backups = pathlib.Path(self.home.name) / "backups"
        self.start()

    def tearDown(self):
        self.stop()
        self.home.cleanup()

    def start(self, *flags):
        self.server = subprocess.Popen(
            [BIN / "distinctd", "--store", self.store, "--listen", "127.0.0.1:0",
             "--log-level", "error", *flags], stdout=subprocess.PIPE, text=True)
        self.address = self.server.stdout.readline().split()[-1]

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(timeout=60), 0)
        self.server.stdout.close()

    def run_distinct(self, *arguments, code=0):
        done = subprocess.run([BIN / "distinct", "--server", self.address, *map(str, arguments)],
                              capture_output=True, text=True, cwd="/")
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def answer(self, *arguments, code=0):
        return json.loads(self.run_distinct(*arguments, "--json", "-", code=code))

    def print_file(self, person, position, impression):
        return self.folder / "prints" / (
            f"{self.names[person]}_{ISO_NUMBERS[position]:02}_{impression - 1}.png")

    def line(self, enrolment_id, person, impression, positions=("RIGHT_INDEX", "LEFT_THUMB")):
        # Relative: files are looked for beside the manifest.
        return {"enrolment_id": enrolment_id, "external_ref": "r-" + enrolment_id,
                "samples": [{"position": p, "dpi": 500, "file": str(
                    self.print_file(person, p, impression).relative_to(self.folder))}
                    for p in positions]}

    def enrol(self, lines, code=0, *arguments):
        manifest = self.folder / "manifest.jsonl"
        write_lines(manifest, lines)
        out = self.run_distinct("enrol", manifest, "--json", "-", *arguments, code=code)
        return [json.loads(line) for line in out.splitlines()]

    def test_people_are_decided_in_the_manifests_order_and_again_the_same(self):
        lines = [self.line(f"e-{i}", i, 1) for i in range(PEOPLE)]
        answers = self.enrol(lines)
        self.assertEqual([a["enrolment_id"] for a in answers], [f"e-{i}" for i in range(PEOPLE)])
        self.assertEqual([a["decision"] for a in answers], ["UNIQUE"] * PEOPLE)
        for answer in answers:
            self.assertLessEqual({"duplicate_of", "candidates", "searched_count", "gallery_count",
                                  "policy_version", "findings", "timing_ms"}, answer.keys())
        self.assertEqual(self.enrol(lines)[0]["number"], answers[0]["number"])

        [again] = self.enrol([self.line("new-name", 2, 2)])
        self.assertEqual((again["decision"], again["duplicate_of"]), ("DUPLICATE", "e-2"))
        self.assertEqual(again["candidates"][0]["enrolment_id"], "e-2")
        self.assertIn("RIGHT_INDEX", again["candidates"][0]["positions"])
        self.assertEqual(again["searched_count"], PEOPLE)

    def test_a_policy_is_set_shown_and_in_every_later_answer(self):
        [first] = self.answer("policy", "history")
        self.assertEqual(first["version"], 1)
        thresholds = ("--llr-duplicate", 900, "--llr-review", 6.5)
        set_ = self.answer("policy", "set", *thresholds, "--reason", "a test")
        self.assertEqual((set_["version"], set_["number"], set_["reason"]), (2, 1, "a test"))
        self.assertEqual(self.answer("policy", "show"), set_)
        self.assertEqual(self.answer("policy", "history"), [first, set_])
        self.assertEqual(self.answer("status")["policy_version"], 2)
        self.enrol([self.line("e-1", 1, 1)])
        [again] = self.enrol([self.line("e-2", 1, 2)])
        self.assertEqual((again["decision"], again["policy_version"]), ("REVIEW", 2))
        sample = f"RIGHT_INDEX={self.print_file(1, 'RIGHT_INDEX', 2)}"
        self.assertEqual(self.answer("identify", "--sample", sample)["policy_version"], 2)
        error = self.answer("policy", "set", "--llr-duplicate", 5, "--llr-review", 6, "--reason",
                            "a test", code=1)["error"]
        self.assertEqual(error["code"], "INVALID_ARGUMENT")
        self.assertIn("llr_review: got 6", error["message"])

    def test_a_line_that_cannot_be_done_is_an_error_and_the_others_are_answered(self):
        unknown = self.line("e-1", 1, 1)
        unknown["samples"][0]["position"] = "NOSE"
        lines = [self.line("e-0", 0, 1), unknown,
                 {"enrolment_id": "e-2", "samples": [{"position": "FACE", "file": "absent.jpg"}]},
                 {"enrolment_id": "e-3", "samples": []}, self.line("e-4", 3, 1)]
        answers = self.enrol(lines, 1)
        self.assertEqual([a["enrolment_id"] for a in answers], [f"e-{i}" for i in range(5)])
        self.assertEqual(answers[0]["decision"], "UNIQUE")
        self.assertEqual(answers[1]["error"]["code"], "INVALID_ARGUMENT")
        self.assertEqual(answers[2]["error"]["code"], "NOT_FOUND")
        self.assertEqual(answers[3]["error"]["code"], "INVALID_ARGUMENT")
        self.assertIn("BadRequest", [d["type"] for d in answers[3]["error"]["details"]])
        self.assertEqual(answers[4]["decision"], "UNIQUE")
        [conflict] = self.enrol([self.line("e-0", 1, 1)], 1)
        self.assertEqual(conflict["error"]["code"], "ALREADY_EXISTS")

    def test_identify_and_verify_find_the_person_and_enrol_nobody(self):
        self.enrol([self.line(f"e-{i}", i, 1) for i in range(PEOPLE)])
        probe = f"RIGHT_INDEX={self.print_file(1, 'RIGHT_INDEX', 2)}@500"
        found = self.answer("identify", "--sample", probe, "--candidates", 3)
        self.assertEqual(found["candidates"][0]["enrolment_id"], "e-1")
        self.assertEqual((found["searched_count"], found["gallery_count"]), (PEOPLE, PEOPLE))
        self.assertIs(self.answer("verify", "--sample", probe, "--enrolment", "e-1")["match"], True)
        other = self.answer("verify", "--sample", probe, "--enrolment", "e-2")
        self.assertIs(other["match"], False)
        self.assertIn("RIGHT_INDEX", other["positions"])
        missing = self.answer("verify", "--sample", probe, "--enrolment", "nobody", code=1)
        self.assertEqual(missing["error"]["code"], "NOT_FOUND")
        status = self.answer("status")
        self.assertIs(status["ready"], True)
        self.assertEqual(status["references"]["unique"], PEOPLE)
        self.assertLessEqual({"bytes", "models", "cpu_level"}, status.keys())

    def test_what_was_done_outlives_a_restart_and_erasing_is_final(self):
        # One in flight: the ledger's order is then the manifest's.
        self.enrol([self.line("e-0", 0, 1), self.line("e-1", 1, 1)], 0, "--in-flight", 1)
        self.stop()
        self.start()
        [again] = self.enrol([self.line("e-9", 0, 2)])
        self.assertEqual(again["duplicate_of"], "e-0")
        self.assertIs(self.answer("erase", "e-0", "--reason", "test")["erased"], True)
        self.assertIs(self.answer("erase", "e-0", "--reason", "test")["erased"], False)
        self.assertEqual(self.enrol([self.line("e-10", 0, 2)])[0]["decision"], "UNIQUE")
        listed = [json.loads(l) for l in self.run_distinct("list").splitlines()]
        self.assertEqual([r["enrolment_id"] for r in listed], ["e-0", "e-1", "e-9", "e-10"])
        self.assertIs(listed[0]["erased"], True)
        events = [json.loads(l) for l in self.run_distinct("watch", "--count", 4).splitlines()]
        self.assertEqual([e["event"] for e in events], ["DECIDED"] * 3 + ["ERASED"])

    def sample(self, person, position, impression):
        return f"{position}={self.print_file(person, position, impression)}@500"

    def cases(self, *arguments):
        return [json.loads(l) for l in self.run_distinct("cases", *arguments).splitlines()]

    def test_examiners_settle_what_the_machine_leaves_to_them(self):
        # One person under two names, since nobody brought the same finger twice.
        self.enrol([self.line("right", 0, 1, ["RIGHT_INDEX"]),
                    self.line("left", 0, 1, ["LEFT_THUMB"]), self.line("other", 1, 1)])
        [both] = self.enrol([self.line("both", 0, 2)])
        self.assertEqual((both["decision"], both["duplicate_of"]), ("DUPLICATE", "right"))
        [case] = self.cases()
        self.assertEqual((case["enrolment_id"], case["kind"], case["persons"]),
                         ("both", "MERGE_CASE", ["right", "left"]))
        for _ in range(2):
            self.assertEqual(self.answer("merge", "left", "right", "--reason", "test"),
                             {"merged": "left", "into": "right"})
        self.assertEqual(self.cases(), [])
        self.assertEqual([c["enrolment_id"] for c in self.cases("--closed")], ["both"])

        update = ("update", "u-1", "--of", "right", "--sample", self.sample(0, "RIGHT_INDEX", 3))
        accepted = self.answer(*update)
        self.assertEqual((accepted["decision"], accepted["update_of"]), ("ACCEPTED", "right"))
        self.assertEqual(self.answer(*update)["number"], accepted["number"])
        self.assertNotIn("merged_into", accepted)
        listed = {r["enrolment_id"]: r
                  for r in map(json.loads, self.run_distinct("list").splitlines())}
        self.assertEqual(listed["u-1"]["update_of"], "right")
        self.assertEqual(listed["left"]["merged_into"], "right")
        self.assertIsNone(listed["right"]["update_of"] or listed["right"]["merged_into"])
        refused = self.answer("update", "u-2", "--of", "other", "--sample",
                              self.sample(2, "RIGHT_INDEX", 1))
        self.assertEqual(refused["decision"], "REFUSED")

        anothers = ("--of", "right", "--sample", self.sample(1, "RIGHT_INDEX", 2))
        self.assertEqual(self.answer("update", "u-3", *anothers)["decision"], "REVIEW")
        seen = self.answer("case", "u-3", "--claim")
        self.assertEqual(seen["case"]["claimed_by"], "unauthenticated local")
        self.assertEqual(seen["decision"]["decision"], "REVIEW")
        [candidate] = seen["candidates"]
        self.assertEqual((candidate["enrolment_id"], candidate["verdict"]), ("other", None))
        [comparison] = candidate["comparisons"]
        self.assertEqual(comparison["position"], "RIGHT_INDEX")
        self.assertGreater(len(comparison["minutiae"]), 5)
        unsaid = self.answer("adjudicate", "u-3", "--reason", "test", code=1)
        self.assertEqual(unsaid["error"]["code"], "FAILED_PRECONDITION")
        self.assertIn("other", unsaid["error"]["message"])
        settled = self.answer("adjudicate", "u-3", "--different", "other", "--reason", "test")
        self.assertEqual((settled["decision"], settled["update_of"]), ("REFUSED", "right"))

        self.assertEqual(self.answer("update", "u-4", *anothers)["decision"], "REVIEW")
        self.assertIs(self.answer("withdraw", "u-4", "--reason", "test")["withdrawn"], True)
        self.assertIs(self.answer("withdraw", "u-4", "--reason", "test")["withdrawn"], False)
        self.assertEqual(self.cases(), [])
        self.assertEqual(self.answer("status")["references"]["accepted"], 1)
        [merged] = [json.loads(l) for l in self.run_distinct("watch", "--after", 4, "--count", 1)
                    .splitlines()]
        self.assertEqual((merged["event"], merged["enrolment_id"], merged["merged_into"]),
                         ("MERGED", "left", "right"))

    def test_a_wrong_duplicate_is_taken_back_and_enrolled_again(self):
        self.enrol([self.line("e-1", 0, 1)])
        [wrong] = self.enrol([self.line("e-5", 0, 2)])
        self.assertEqual((wrong["decision"], wrong["duplicate_of"]), ("DUPLICATE", "e-1"))
        self.assertEqual(self.answer("case", "e-5")["case"]["kind"], "CASE_KIND_UNSPECIFIED")
        said = self.answer("adjudicate", "e-5", "--not-duplicate-of", "e-1", "--reason", "test")
        self.assertEqual((said["decision"], said["duplicate_of"]), ("DUPLICATE", "e-1"))
        self.assertIn("erase e-5, then enrol", said["next"])
        redo = self.line("e-6", 0, 3) | {"case_id": "e-5"}
        [early] = self.enrol([redo], 1)
        self.assertEqual(early["error"]["code"], "FAILED_PRECONDITION")
        self.answer("erase", "e-5", "--reason", "test")
        [again] = self.enrol([redo])
        self.assertEqual((again["decision"], again["case_id"]), ("UNIQUE", "e-5"))
        listed = [json.loads(l) for l in self.run_distinct("list").splitlines()]
        self.assertEqual([r["case_id"] for r in listed], [None, None, "e-5"])

    def test_an_examiner_gets_the_images_of_a_case_and_each_pair_drawn(self):
        self.stop()
        self.start("--keep-samples")
        other = "../2031/17"
        self.enrol([self.line("ada", 0, 1, ["LEFT_THUMB"]),
                    self.line(other, 1, 1, ["RIGHT_INDEX"])])
        update = self.answer("update", "u-1", "--of", "ada",
                             "--sample", self.sample(1, "RIGHT_INDEX", 2),
                             "--sample", self.sample(1, "RIGHT_INDEX", 3))
        self.assertEqual(update["decision"], "REVIEW")
        folder = pathlib.Path(self.home.name) / "pictures"
        seen = self.answer("case", "u-1", "--pictures", folder)
        kept = {"u-1_RIGHT_INDEX_1.png": ("u-1", self.print_file(1, "RIGHT_INDEX", 2)),
                "u-1_RIGHT_INDEX_2.png": ("u-1", self.print_file(1, "RIGHT_INDEX", 3)),
                "..+2031+17_RIGHT_INDEX_1.png": (other, self.print_file(1, "RIGHT_INDEX", 1))}
        self.assertEqual(seen["samples"], [
            {"enrolment_id": enrolment_id, "position": "RIGHT_INDEX", "dpi": 500,
             "bytes": sent.stat().st_size, "file": file}
            for file, (enrolment_id, sent) in kept.items()])
        pair = "..+2031+17_RIGHT_INDEX.png"
        self.assertEqual(seen["pictures"], [
            {"candidate": other, "position": "RIGHT_INDEX", "reference_position": "RIGHT_INDEX",
             "file": pair}])
        self.assertEqual({p.name for p in folder.iterdir()}, {pair, *kept})
        self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
        for file, (_, sent) in kept.items():
            self.assertEqual((folder / file).read_bytes(), sent.read_bytes())
        # Of the two impressions the one that is more like it was compared, and no other is drawn.
        drawn = []
        for impression in (2, 3):
            png = self.folder / f"pair{impression}.png"
            compared = self.answer("compare", self.print_file(1, "RIGHT_INDEX", impression),
                                   self.print_file(1, "RIGHT_INDEX", 1), "--png", png)
            drawn.append((compared["score"], png.read_bytes()))
        self.assertEqual((folder / pair).read_bytes(), max(drawn)[1])
        self.assertNotEqual((folder / pair).read_bytes(), min(drawn)[1])

    def test_where_no_images_are_kept_the_examiner_is_told(self):
        self.enrol([self.line("ada", 0, 1, ["LEFT_THUMB"]),
                    self.line("bea", 1, 1, ["RIGHT_INDEX"])])
        folder = pathlib.Path(self.home.name) / "pictures"
        anothers = ("--of", "ada", "--sample", self.sample(1, "RIGHT_INDEX", 2))
        self.assertEqual(self.answer("update", "u-1", *anothers)["decision"], "REVIEW")
        self.assertNotIn("samples", self.answer("case", "u-1"))
        error = self.answer("case", "u-1", "--pictures", folder, code=1)["error"]
        self.assertEqual(error["code"], "FAILED_PRECONDITION")
        self.assertIn("no image of u-1 at RIGHT_INDEX is kept", error["message"])
        self.assertIn("--keep-samples", error["message"])
        self.assertFalse(folder.exists())
        self.answer("withdraw", "u-1", "--reason", "test")
        self.stop()
        self.start("--keep-samples")
        self.assertEqual(self.answer("update", "u-2", *anothers)["decision"], "REVIEW")
        error = self.answer("case", "u-2", "--pictures", folder, code=1)["error"]
        self.assertIn("no image of bea at RIGHT_INDEX is kept", error["message"])
        self.assertEqual([p.name for p in folder.iterdir()], ["u-2_RIGHT_INDEX_1.png"])

    def test_cross_check_writes_pairs_and_clusters(self):
        self.enrol([self.line(f"e-{i}", i, 1) for i in range(PEOPLE)])
        self.enrol([self.line("new-name", 2, 2)])
        out = self.folder / "check"
        summary = self.answer("crosscheck", "--out", out)
        self.assertEqual((summary["pairs"], summary["clusters"]), (1, 1))
        self.assertEqual(summary["pairs_compared"], (PEOPLE + 1) * PEOPLE // 2)
        with open(out / "pairs.csv", newline="") as file:
            [pair] = csv.DictReader(file)
        self.assertEqual({pair["a"], pair["b"]}, {"e-2", "new-name"})
        with open(out / "clusters.csv", newline="") as file:
            self.assertEqual([(r["cluster"], r["enrolment_id"]) for r in csv.DictReader(file)],
                             [("1", "e-2"), ("1", "new-name")])
        self.assertNotIn("http", (out / "report.html").read_text())
        self.run_distinct("tag", "left", "e-0", "e-2")
        self.run_distinct("tag", "right", "e-1", "new-name")
        tagged = self.answer("crosscheck", "--tag", "left", "--against", "right", "--out", out)
        self.assertEqual((tagged["pairs_compared"], tagged["pairs"]), (4, 1))
        self.run_distinct("untag", "right", "new-name")
        self.assertEqual(self.answer("crosscheck", "--tag", "left", "--against", "right",
                                     "--out", out)["pairs"], 0)

    def test_a_backup_made_while_enrolments_run_gives_the_same_decisions_again(self):
        self.assertIn("--backup-dir", self.answer("backup", code=1)["error"]["message"])
        self.stop()
        self.start("--backup-dir", self.backups)
        lines = [self.line(f"e-{i}", i, 1) for i in range(PEOPLE)]
        first = self.enrol(lines[:2], 0, "--in-flight", 1)
        write_lines(self.folder / "late.jsonl", lines[2:])
        late = subprocess.Popen([BIN / "distinct", "--server", self.address, "enrol",
                                 self.folder / "late.jsonl", "--json", "-"],
                                stdout=subprocess.PIPE, text=True)
        made = [self.answer("backup") for _ in range(3)]
        self.assertEqual(late.wait(timeout=60), 0)
        late.stdout.close()
        self.assertEqual([b["backup_id"] for b in made], [1, 2, 3])
        self.assertGreaterEqual(made[0]["head"], 2)
        busy = self.answer("ledger", "verify", "--store", self.store, code=1)
        self.assertEqual(busy["error"]["code"], "FAILED_PRECONDITION")
        self.assertIn("in use", busy["error"]["message"])
        self.stop()

        key = self.home.name + "/store.key"
        listed = self.answer("restore", self.backups, "--list")
        self.assertEqual([b["head"] for b in listed], [b["head"] for b in made])
        refused = self.answer("restore", self.backups, "--store", self.store, code=1)
        self.assertIn("not empty", refused["error"]["message"])
        self.store = pathlib.Path(self.home.name) / "restored"
        for wanted, number in (["--backup-id", 1], 1), ([], 3):
            shutil.rmtree(self.store, ignore_errors=True)
            facts = self.answer("restore", self.backups, "--store", self.store, "--key-file", key,
                                *wanted)
            self.assertEqual(facts["backup_id"], number)
            self.assertGreaterEqual(facts["head"], made[number - 1]["head"])
            verified = self.answer("ledger", "verify", "--store", self.store, "--key-file", key)
            self.assertEqual(verified["head"], facts["head"])
        self.start("--key-file", key)
        again = self.enrol(lines, 0, "--in-flight", 1)
        for old, new in zip(first, again):
            self.assertEqual([old[k] for k in ("number", "decision", "searched_count")],
                             [new[k] for k in ("number", "decision", "searched_count")])
        self.assertEqual([a["decision"] for a in again], ["UNIQUE"] * PEOPLE)
        [third] = self.enrol([self.line("new-name", 0, 2)])
        self.assertEqual((third["decision"], third["duplicate_of"]), ("DUPLICATE", "e-0"))

    def test_a_store_at_rest_is_verified_backed_up_and_refused_without_its_key(self):
        self.enrol([self.line("e-0", 0, 1)])
        self.stop()
        made = self.answer("backup", "--store", self.store, "--to", self.backups)
        self.assertEqual((made["backup_id"], made["head"]), (1, 1))
        facts = self.answer("ledger", "verify", "--store", self.store)
        self.assertEqual((facts["head"], facts["references"]["unique"]), (1, 1))
        key = pathlib.Path(self.home.name) / "store.key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        key.chmod(0o640)
        start = [BIN / "distinctd", "--store", self.store, "--listen", "127.0.0.1:0"]
        done = subprocess.run(start, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("chmod 600", done.stderr)
        key.rename(key.with_name("kept.key"))
        missing = self.answer("ledger", "verify", "--store", self.store, code=1)
        self.assertIn("--key-file", missing["error"]["message"])
        key.with_name("kept.key").rename(key)
        key.chmod(0o600)
        self.start()

    def test_eval_extract_and_compare_need_no_server(self):
        prints = self.folder / "prints"
        scores, page = self.folder / "scores.tsv", self.folder / "page.html"
        report = json.loads(self.run_distinct("eval", "finger", "--set", f"{prints}@500",
                                              "--threads", 2, "--scores", scores, "--html", page,
                                              "--json", "-"))
        images = PEOPLE * 10 * IMPRESSIONS
        mated = PEOPLE * 10 * IMPRESSIONS * (IMPRESSIONS - 1) // 2
        [of_set] = report["sets"]
        self.assertEqual((of_set["images"], of_set["mated"]), (images, mated))
        self.assertEqual(of_set["nonmated"], images * (images - 1) // 2 - mated)
        self.assertEqual(report["pooled"]["eer"], of_set["eer"])
        self.assertLess(of_set["eer"], 0.05)
        with open(scores, newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        self.assertEqual(len(rows), of_set["mated"] + of_set["nonmated"])
        self.assertEqual(sum(r["mated"] == "1" for r in rows), of_set["mated"])
        self.assertLessEqual({"fnmr", "relative_fall"}, report["pooled"]["discard"]["0.1"].keys())
        html = page.read_text()
        self.assertEqual(html.count("src="), html.count("src=\"data:image/png;base64,"))
        self.assertEqual(html.count("<figure>"), 12 + 6)
        self.assertIn(f"distinct --server {self.address} eval finger --set {prints}@500", html)
        self.assertNotIn("<script", html)
        self.assertNotIn("SourceAFIS", html)  # measured on other sets

        first, second = (self.print_file(0, "RIGHT_INDEX", i) for i in (1, 2))
        seen = self.folder / "seen.png"
        extracted = self.answer("extract", first, "--position", "RIGHT_INDEX", "--png", seen,
                                "--template", self.folder / "a.tpl")
        self.assertEqual((self.folder / "a.tpl").stat().st_size, extracted["template_bytes"])
        self.assertEqual(seen.read_bytes()[:4], b"\x89PNG")
        mated = self.answer("compare", first, second, "--png", seen)
        stranger = self.answer("compare", first, self.print_file(1, "RIGHT_INDEX", 1))
        self.assertGreater(mated["score"], stranger["score"])
        self.assertGreater(len(mated["pairs"]), 5)

    def test_a_minutiae_record_is_extracted_and_compared_but_not_enrolled(self):
        first, second = (self.print_file(0, "RIGHT_INDEX", i) for i in (1, 2))
        record, seen = self.folder / "kept.iso", self.folder / "kept.png"
        at = ("--position", "RIGHT_INDEX")
        image = self.answer("extract", second, *at, "--record", record)
        kept = self.answer("extract", record, *at, "--png", seen)
        self.assertEqual(kept["flags"], ["TEMPLATE_ONLY"])
        self.assertEqual(kept["quality"], image["quality"])
        self.assertEqual(seen.read_bytes()[:4], b"\x89PNG")
        mated = self.answer("compare", first, record, "--png", seen)
        stranger = self.answer("compare", self.print_file(1, "RIGHT_INDEX", 1), record)
        self.assertGreater(mated["llr"], stranger["llr"])
        self.assertGreater(len(mated["pairs"]), 5)

        line = self.line("e-0", 0, 1, ["RIGHT_INDEX"])
        line["samples"][0]["file"] = record.name
        [refused] = self.enrol([line], 1)
        self.assertEqual(refused["error"]["code"], "INVALID_ARGUMENT")
        self.assertIn("send the image", refused["error"]["message"])

    def test_a_population_is_made_enrolled_and_decided_as_its_truth_says(self):
        town = self.folder / "town"
        made = self.answer("population", "--seed", 5, "--subjects", 40, "--fingers", 4,
                           "--scenario", "returns", "--out", town)
        with open(town / "truth.csv", newline="") as file:
            truth = list(csv.DictReader(file))
        self.assertEqual((made["subjects"], made["enrolments"]), (40, len(truth)))
        self.assertEqual(made["bytes"], (town / "enrolments.binpb").stat().st_size)
        first = (town / "enrolments.binpb").read_bytes()
        self.answer("population", "--seed", 5, "--subjects", 40, "--fingers", 4,
                    "--scenario", "returns", "--out", town)
        self.assertEqual((town / "enrolments.binpb").read_bytes(), first)
        out = self.run_distinct("enrol", town / "enrolments.binpb", "--json", "-")
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([a["enrolment_id"] for a in answers], [t["enrolment_id"] for t in truth])
        self.assertGreater(sum(t["impression"] == "1" for t in truth), 0)
        for answer, true in zip(answers, truth):
            returned = true["impression"] == "1"
            self.assertEqual(answer["decision"], "DUPLICATE" if returned else "UNIQUE")
            self.assertEqual(answer["duplicate_of"], f"p{true['person']}-0" if returned else None)
        (town / "enrolments.binpb").write_bytes(first[:-1])
        cut = self.run_distinct("enrol", town / "enrolments.binpb", "--json", "-", code=1)
        self.assertEqual(json.loads(cut.splitlines()[-1])["error"]["code"], "INVALID_ARGUMENT")

    def bench_enrol(self, *arguments):
        done = subprocess.run([BIN / "distinct", "bench", "enrol", "--json", "-",
                               *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_bench_enrol_measures_a_server_of_its_own_and_checks_its_decisions(self):
        store = self.folder / "bench_store"
        report = self.bench_enrol("--subjects", 300, "--rate", 40, "--seconds", 1, "--fingers", 4,
                                  "--from", "templates", "--store", store)
        self.assertEqual(report["answered"], 40)
        self.assertEqual(report["decisions"], {"DUPLICATE": 4, "UNIQUE": 36})
        self.assertEqual(set(report["wrong"].values()), {0})
        self.assertGreater(report["enrolments_per_s"], 0)
        self.assertLessEqual(report["latency_ms"]["p50"], report["latency_ms"]["p99"])
        self.assertLess(report["durability_cost"], 1)
        restart = report["restart"]
        self.assertEqual((restart["other_answers"], restart["health_serving_early"]), (0, 0))
        again = self.bench_enrol("--subjects", 300, "--rate", 20, "--seconds", 1, "--fingers", 4,
                                 "--store", store, "--no-durability")
        self.assertEqual(again["decisions"], {"DUPLICATE": 2, "UNIQUE": 18})
        self.assertNotIn("fill", again)
        self.assertIsNone(again["durability_cost"])

    def test_bench_enrol_sends_images_to_a_given_server(self):
        done = self.answer("bench", "enrol", "--subjects", 0, "--rate", 5, "--seconds", 1,
                           "--fingers", 2, "--mates", 0.5, "--from", "images")
        self.assertEqual(done["answered"], 5)
        self.assertEqual(done["decisions"], {"DUPLICATE": 2, "UNIQUE": 3})
        self.assertGreater(done["extraction"]["share_reached"], 0)
        self.assertIn("generated people have none", done["faces"])
        self.assertEqual(self.answer("status")["references"]["duplicate"], 2)

    def test_a_server_that_is_not_there_is_given_up_with_an_error_a_line(self):
        manifest = self.folder / "manifest.jsonl"
        write_lines(manifest, [self.line("e-0", 0, 1), self.line("e-1", 1, 1)])
        done = subprocess.run([BIN / "distinct", "--server", "127.0.0.1:1", "enrol", manifest,
                               "--patience", "0", "--json", "-"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([a["error"]["code"] for a in answers], ["UNAVAILABLE"] * 2)

    def test_what_is_mistyped_is_named(self):
        for arguments, words in ((["extrakt", "a.png"], ["got extrakt", "extract"]),
                                 (["eval", "toe"], ["got toe", "finger"]),
                                 (["--server", "127.0.0.1:99999", "status"], ["1 to 65535"]),
                                 (["extract", "a.png", "--dpi", "0"], ["250 to 2000"]),
                                 (["extract", "a.png", "--dpi", "nan"], ["250 to 2000"]),
                                 (["identify", "--sample", "LEFT_INDEX=a.png@0"], ["250 to 2000"])):
            done = subprocess.run([BIN / "distinct", *arguments], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0, arguments)
            for word in words:
                self.assertIn(word, done.stderr, arguments)

    def test_a_cross_check_without_a_server_ends_and_leaves_no_job(self):
        out = self.folder / "unreached"
        done = subprocess.run([BIN / "distinct", "--server", "127.0.0.1:1", "crosscheck", "--out",
                               out], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nobody answers there; start distinctd", done.stderr)
        self.assertEqual(list(out.iterdir()), [])

    def test_wrong_use_ends_with_an_error_and_help_is_there(self):
        for arguments in ([], ["enrol"], ["verify", "--sample", "FACE=a"], ["eval", "finger"],
                          ["identify", "--candidates", "-1", "--sample", "FACE=a"]):
            done = subprocess.run([BIN / "distinct", *arguments], capture_output=True)
            self.assertNotEqual(done.returncode, 0, arguments)
        for verb in ("enrol", "identify", "verify", "status", "erase", "crosscheck", "tag", "untag",
                     "list", "watch", "extract", "compare", "eval", "update", "withdraw", "cases",
                     "case", "adjudicate", "merge", "backup", "restore", "ledger", "population",
                     "bench"):
            self.assertIn("distinct", self.run_distinct(verb, "--help"))


if __name__ == "__main__":
    unittest.main()
