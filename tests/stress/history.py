"""What clients saw, a JSON object a line. The checker reads this and nothing else.

sent      {"at", "call", "sent": METHOD, "id", "person", "content", "of", "verdicts", "after",
           "wanted"}
answered  {"at", "call", "answer": CODE, "decision" | "erased" and "number" | "cases" | "head" and
           "open" | "policy" | "policies" | "retry_after_s" and "message"}
event     {"at", "call", "event": DECIDED, ADJUDICATED, ERASED or TAKEN_BACK, "sequence",
           "decision"}

`at` is the machine's monotonic clock in seconds, so that files of several clients can be put in
order. `person` is the truth: who was captured. `content` is which capture of that person was sent,
`of` the id of the person whom it is to update, `verdicts` an examiner's, by candidate,
`wanted` the thresholds to be set. A call
without a line `answered` was never answered: its client vanished. Codes are gRPC's.
"""

import json
import pathlib
import time


class History:
    """One client's file. A line is written before a call is sent and after it is answered."""

    def __init__(self, folder, client):
        self._client = client
        self._calls = 0
        self._file = open(pathlib.Path(folder) / f"{client}.jsonl", "w", buffering=1,
                          encoding="ascii")

    def sent(self, method, **truth):
        self._calls += 1
        call = f"{self._client}-{self._calls}"
        self._write({"call": call, "sent": method, **truth})
        return call

    def answered(self, call, code, **fields):
        self._write({"call": call, "answer": code, **fields})

    def event(self, call, **fields):
        self._write({"call": call, **fields})

    def close(self):
        self._file.close()

    def _write(self, record):
        self._file.write(json.dumps({"at": time.monotonic(), **record}) + "\n")


def read(folder):
    """Every record of every client, by time."""
    records = []
    for path in sorted(pathlib.Path(folder).glob("*.jsonl")):
        with open(path, encoding="ascii") as lines:
            records += [json.loads(line) for line in lines]
    return sorted(records, key=lambda record: record["at"])
