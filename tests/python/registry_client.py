"""Enrols, identifies and watches as a population registry would, from the .proto alone.

Run by tests/python/run, which makes the stubs. Exits non-zero at the first surprise.
"""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import threading

import grpc
from distinct.v1 import enrolment_pb2, enrolment_pb2_grpc
from distinct.v1 import gallery_pb2, gallery_pb2_grpc
from distinct.v1 import identification_pb2, identification_pb2_grpc
from distinct.v1 import types_pb2

CALL_SECONDS = 60


def expect(condition, what):
    if not condition:
        sys.exit(f"registry client: expected {what}")


class Server:
    """One run of distinctd on a store; `address` once it has printed its ready line."""

    def __init__(self, program, store):
        self.process = subprocess.Popen(
            [program, "--store", store, "--listen", "127.0.0.1:0", "--log-level", "warn"],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        expect("ready" in line, f"a line with `ready`, got {line!r}")
        self.address = line.split()[-1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        rest = self.process.stdout.read()
        expect(self.process.wait(timeout=60) == 0, "exit code 0 after SIGTERM")
        expect(rest == "", f"one line on standard output, got {rest!r} more")


class Registry:
    def __init__(self, address):
        channel = grpc.insecure_channel(address)
        self.enrolment = enrolment_pb2_grpc.EnrolmentServiceStub(channel)
        self.identification = identification_pb2_grpc.IdentificationServiceStub(channel)
        self.gallery = gallery_pb2_grpc.GalleryServiceStub(channel)

    def enrol(self, enrolment_id, biometrics):
        return self.enrolment.Enrol(
            enrolment_pb2.EnrolRequest(enrolment_id=enrolment_id, biometrics=biometrics,
                                       external_ref="nid-" + enrolment_id),
            timeout=CALL_SECONDS).decision

    def watch(self, after, count):
        """The next `count` events after `after`; then leaves the stream, as a crash would."""
        stream = self.enrolment.WatchDecisions(
            enrolment_pb2.WatchDecisionsRequest(after_sequence=after), timeout=CALL_SECONDS)
        events = []
        for event in stream:
            events.append(event)
            if len(events) == count:
                break
        stream.cancel()
        return events


def biometrics_of(folder, line):
    return types_pb2.Biometrics(samples=[
        types_pb2.Sample(position=types_pb2.Position.Value(sample["position"]),
                         image=(folder / sample["file"]).read_bytes(), dpi=sample["dpi"])
        for sample in line["samples"]])


def read_people(folder):
    """people[person][impression]: what was captured."""
    people = {}
    for text in (folder / "manifest.jsonl").read_text().splitlines():
        line = json.loads(text)
        person, impression = line["enrolment_id"].split("-")
        people.setdefault(person, {})[int(impression)] = biometrics_of(folder, line)
    return people


def check_decisions(registry, people):
    live = []
    watcher = threading.Thread(target=lambda: live.extend(registry.watch(0, len(people) + 1)))
    watcher.start()
    for person, captures in people.items():
        decision = registry.enrol(person, captures[0])
        expect(decision.kind == types_pb2.UNIQUE, f"{person} UNIQUE, got {decision}")
        expect(decision.searched_count == decision.gallery_count, "a search over everyone")
    first = next(iter(people))
    again = registry.enrol(first + "-again", people[first][1])
    expect(again.kind == types_pb2.DUPLICATE and again.duplicate_of == first,
           f"a DUPLICATE of {first}, got {again}")
    repeated = registry.enrol(first + "-again", people[first][1])
    expect(repeated == again, "the same answer to the same request")
    watcher.join()
    expect([event.sequence for event in live] == list(range(1, len(people) + 2)),
           f"every decision once and in order, got {live}")
    expect(live[-1].decision.duplicate_of == first, "the duplicate last")


def check_identification(registry, people):
    for person, captures in people.items():
        answer = registry.identification.Identify(
            identification_pb2.IdentifyRequest(biometrics=captures[2], purpose="lost card"),
            timeout=CALL_SECONDS)
        expect(answer.candidates and answer.candidates[0].enrolment_id == person,
               f"{person} as first candidate, got {answer}")
        expect(answer.candidates[0].external_ref == "nid-" + person, "the registry's reference")


def check_errors(registry):
    try:
        registry.enrol("", types_pb2.Biometrics())
        expect(False, "an error for an empty enrolment")
    except grpc.RpcError as error:
        expect(error.code() == grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT")
        for field in ("enrolment_id: ", "biometrics: "):
            expect(field in error.details(), f"{field!r} in {error.details()!r}")
        keys = [key for key, _ in error.trailing_metadata()]
        expect("grpc-status-details-bin" in keys, f"google.rpc.Status details, got {keys}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--distinctd", required=True)
    parser.add_argument("--people", required=True, type=pathlib.Path)
    parser.add_argument("--store", required=True)
    arguments = parser.parse_args()
    people = read_people(arguments.people)

    server = Server(arguments.distinctd, arguments.store)
    registry = Registry(server.address)
    check_decisions(registry, people)
    check_identification(registry, people)
    check_errors(registry)
    server.stop()

    # The registry was at event 2 when the server went away: it gets the rest, no more, no less.
    server = Server(arguments.distinctd, arguments.store)
    registry = Registry(server.address)
    resumed = registry.watch(2, len(people) - 1)
    expect([event.sequence for event in resumed] == list(range(3, len(people) + 2)),
           f"the events after 2, got {resumed}")
    check_identification(registry, people)
    status = registry.gallery.GetStatus(gallery_pb2.GetStatusRequest(), timeout=CALL_SECONDS)
    expect(status.ready and status.references.unique == len(people), f"everyone, got {status}")
    server.stop()
    print(f"registry client: {len(people)} people enrolled, identified and watched, twice")


if __name__ == "__main__":
    main()
