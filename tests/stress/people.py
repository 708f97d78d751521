"""Generated people as their templates: made once a run by distinct-synthesis, in seconds."""

import base64
import dataclasses
import json
import pathlib
import subprocess
import tempfile

from distinct.v1 import types_pb2

# Fingers of a capture: enough for mated captures to be told from others beyond doubt.
FINGERS = 2


@dataclasses.dataclass(frozen=True)
class Capture:
    person: int
    impression: int
    biometrics: types_pb2.Biometrics


def make(bin_folder, people, impressions, seed=1):
    """captures[person][impression]."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "people.jsonl"
        subprocess.run([bin_folder / "distinct-synthesis", "templates", "--seed", str(seed),
                        "--people", str(people), "--impressions", str(impressions), "--fingers",
                        str(FINGERS), "--out", path], check=True)
        captures = [[] for _ in range(people)]
        with open(path, encoding="ascii") as lines:
            for line in map(json.loads, lines):
                captures[line["person"]].append(Capture(
                    line["person"], line["impression"], types_pb2.Biometrics(templates=[
                        types_pb2.Template(position=types_pb2.Position.Value(t["position"]),
                                           version=t["version"], data=base64.b64decode(t["data"]))
                        for t in line["templates"]])))
        return captures
