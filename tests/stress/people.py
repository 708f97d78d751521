"""Generated people as their templates: made by `distinct population` once a run, in seconds.

Captures of one person must match beyond doubt and at any size of gallery, so that a person who is
UNIQUE twice is the protocol's failure and not the matcher's. The generator's own captures are too
harsh for that with two fingers: among 17,000 the search passes over one pair in ten. So a further
capture here is the first with a little noise.
"""

import dataclasses
import pathlib
import random
import subprocess
import tempfile

from google.protobuf.internal import decoder

from distinct.v1 import enrolment_pb2, types_pb2

import plan

FINGERS = 2
BITS_FLIPPED = 4  # of the 128 of each code
HEADER_BYTES, CODE_BYTES, GEOMETRY_BYTES = 12, 16, 5  # matchers/finger/FORMAT.md


@dataclasses.dataclass(frozen=True)
class Capture:
    person: int
    impression: int
    biometrics: types_pb2.Biometrics


def make(bin_folder, people, impressions, seed=1):
    """captures[person][impression]."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([bin_folder / "distinct", "population", "--seed", str(seed), "--subjects",
                        str(people), "--fingers", str(FINGERS), "--out", folder],
                       check=True, stdout=subprocess.DEVNULL)
        requests = _requests((pathlib.Path(folder) / "enrolments.binpb").read_bytes())
        return [[_capture(person, request, impression) for impression in range(impressions)]
                + [_mislabelled(person, request)] for person, request in enumerate(requests)]


def _requests(data):
    """The messages of a request file, each after its length."""
    at = 0
    while at < len(data):
        length, at = decoder._DecodeVarint32(data, at)
        yield enrolment_pb2.EnrolRequest.FromString(data[at:at + length])
        at += length


def _mislabelled(person, request):
    """Impression -1: the second finger also under the first's name. The person's own, but where
    the person is not known yet a machine may not say so."""
    capture = _capture(person, request, plan.MISLABELLED)
    first, second = capture.biometrics.templates
    capture.biometrics.templates.add(position=first.position, version=second.version,
                                     data=second.data)
    return capture


def _capture(person, request, impression):
    draw = random.Random(f"{person} {impression}")
    biometrics = types_pb2.Biometrics()
    biometrics.CopyFrom(request.biometrics)
    if impression != 0:
        for template in biometrics.templates:
            template.data = _with_noise(template.data, draw)
    return Capture(person, impression, biometrics)


def _with_noise(template, draw):
    """Bits flipped in every code, and every minutia up to half a pixel aside."""
    data = bytearray(template)
    count = data[8]
    sides = [2 * int.from_bytes(data[at:at + 2], "little") for at in (4, 6)]  # half pixels
    for i in range(count):
        for _ in range(BITS_FLIPPED):
            bit = draw.randrange(CODE_BYTES * 8)
            data[HEADER_BYTES + i * CODE_BYTES + bit // 8] ^= 1 << bit % 8
        at = HEADER_BYTES + count * CODE_BYTES + i * GEOMETRY_BYTES
        place = int.from_bytes(data[at:at + 3], "little")
        x, y = (min(max(value + draw.randint(-1, 1), 0), side - 1)
                for value, side in zip((place & 0xfff, place >> 12), sides))
        data[at:at + 3] = (x | y << 12).to_bytes(3, "little")
    return bytes(data)
