"""What the clients of a campaign do and when the server dies: a pure function of the seed.

A scene is one short story of one person, played by one worker. Workers take scenes in their order,
so that several run at the same moment; how they interleave is the machine's.
"""

import dataclasses
import random

IMPRESSIONS = 4  # captures of each person
MISLABELLED = -1  # one more: people.py


@dataclasses.dataclass(frozen=True)
class Visit:
    """One id and the capture sent under it."""
    enrolment_id: str
    person: int
    impression: int


@dataclasses.dataclass(frozen=True)
class Scene:
    kind: str      # a method of workers.Worker
    visits: tuple  # of one person
    erased: str = ""     # an id
    subject: str = ""    # the id that the visits are to update
    delay_s: float = 0   # before the client hangs up, vanishes or loses patience


# How often each is played. ENROL: one visit. RACE: several at once. TWICE: one request delivered
# several times at once. OTHER_CONTENT: an id used for two captures. IMPATIENT: a deadline that may
# pass. HANG_UP: the connection breaks, the client repeats. VANISH: the client is gone for good.
# ERASE: of an earlier id. ERASE_RACE: while its person comes again. MISLABELLED: a capture that may
# need an examiner. WITHDRAW: such a one, taken back soon after. UPDATE: of an earlier id, perhaps
# two at once. UPDATE_STRANGER: by another's capture. UPDATE_ERASE: while that person is erased.
WEIGHTS = {"enrol": 30, "race": 20, "twice": 10, "other_content": 3, "impatient": 8, "hang_up": 8,
           "vanish": 6, "erase": 8, "erase_race": 7, "mislabelled": 5, "withdraw": 5, "update": 12,
           "update_stranger": 4, "update_erase": 4}


def scenes(seed, people):
    """Without end."""
    draw = random.Random(f"scenes {seed}")
    ids_of = {}  # of each person who came before
    count = 0

    def visits(how_many):
        nonlocal count
        known = list(ids_of)
        person = draw.choice(known) if known and draw.random() < 0.5 else draw.randrange(people)
        made = []
        for _ in range(how_many):
            count += 1
            made.append(Visit(f"s{seed}-{count}", person, draw.randrange(IMPRESSIONS)))
        ids_of.setdefault(person, []).extend(visit.enrolment_id for visit in made)
        return tuple(made)

    def first_of(person):
        """The first ids are the likelier originals."""
        return ids_of[person][min(draw.choice((0, 0, 0, 1, 2, 3)), len(ids_of[person]) - 1)]

    def update(kind):
        nonlocal count
        person = draw.choice(list(ids_of))
        subject = first_of(person)
        captured = person
        if kind == "update_stranger":
            captured = draw.choice((draw.choice(list(ids_of)), draw.randrange(people)))
        made = []
        for _ in range(draw.randint(1, 2) if kind == "update" else 1):
            count += 1
            made.append(Visit(f"s{seed}-{count}", captured,
                              draw.choice([*range(IMPRESSIONS), MISLABELLED])))
        erased = subject if kind == "update_erase" else ""
        return Scene(kind, tuple(made), erased, subject)

    while True:
        [kind] = draw.choices(list(WEIGHTS), WEIGHTS.values())
        if kind.startswith("erase"):
            if not ids_of:
                continue
            person = draw.choice(list(ids_of))
            erased = first_of(person)
            coming = ()
            if kind == "erase_race":
                count += 1
                coming = (Visit(f"s{seed}-{count}", person, draw.randrange(IMPRESSIONS)),)
                ids_of[person].append(coming[0].enrolment_id)
            yield Scene(kind, coming, erased)
        elif kind.startswith("update"):
            if ids_of:
                yield update(kind)
        elif kind in ("mislabelled", "withdraw"):
            [visit] = visits(1)
            yield Scene(kind, (dataclasses.replace(visit, impression=MISLABELLED),),
                        delay_s=draw.uniform(0, 0.1))
        elif kind == "race":
            yield Scene(kind, visits(draw.randint(2, 4)))
        elif kind == "other_content":
            [visit] = visits(1)
            other = dataclasses.replace(visit, impression=(visit.impression + 1) % IMPRESSIONS)
            yield Scene(kind, (visit, other))
        else:
            yield Scene(kind, visits(1), delay_s=draw.uniform(0.001, 0.04))


# (llr_duplicate, llr_review, for so many seconds). Captures of one person are alike beyond the
# first three, strangers below all; by the last every match goes to an examiner, who is slow.
POLICIES = ((13.8, 6.9, 1.0), (12.0, 6.0, 1.0), (20.0, 9.0, 1.0), (900.0, 9.0, 0.1))


def policies(seed):
    """Without end."""
    draw = random.Random(f"policies {seed}")
    while True:
        yield draw.choice(POLICIES)


@dataclasses.dataclass(frozen=True)
class Kill:
    """SIGKILL `delay_s` after `moment`: START, the start of the process; READY; or the `count`-th
    call after that was SENT or ANSWERED."""
    moment: str
    delay_s: float
    count: int = 0


def kills(seed, how_many):
    draw = random.Random(f"kills {seed}")
    for _ in range(how_many):
        moment = draw.choices(("START", "READY", "SENT", "ANSWERED"), (25, 20, 30, 25))[0]
        delay_s = {"START": draw.uniform(0, 0.4), "READY": draw.uniform(0, 1.0),
                   "SENT": draw.uniform(0, 0.02), "ANSWERED": draw.uniform(0, 0.005)}[moment]
        yield Kill(moment, delay_s, draw.randint(1, 80))
