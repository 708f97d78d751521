#!/usr/bin/env python3
"""Two enrolments of one person at the same moment, over two connections, pair after pair: exactly
one is UNIQUE, and the other names it: README.md."""

import argparse
import asyncio
import collections
import pathlib
import sys
import time

import client
import history
import people
import server
import verdict
import workers
import world

CONNECTIONS = 12
# Sent at once. With two enrolments a pair, more than the 256 requests that distinctd takes in at a
# time, so that some are refused and come again.
PAIRS_AT_ONCE = 150


async def enrol_pairs(folder, address, captures):
    """Returns the ids and the seconds that it took."""
    clients = [client.Client(folder, f"station{i}", address) for i in range(CONNECTIONS)]
    ids = []
    begin = time.monotonic()
    for first in range(0, len(captures), PAIRS_AT_ONCE):
        calls = []
        for pair in range(first, min(first + PAIRS_AT_ONCE, len(captures))):
            for side in range(2):
                ids.append(f"pair-{pair}-{side}")
                calls.append(clients[(pair + side) % CONNECTIONS].enrol(
                    ids[-1], captures[pair][side]))
        await asyncio.gather(*calls)
    seconds = time.monotonic() - begin
    for one in clients:
        await one.close()
    return ids, seconds


def judge(records):
    """How the pairs ended, by kinds; and what is wrong beyond the checker's rules, which do not
    demand that a person is UNIQUE at all."""
    town = world.World(records)
    by_person = collections.defaultdict(list)
    for enrolment_id, person in town.person.items():
        by_person[person].append(town.final_decision(enrolment_id))
    ends, wrong = collections.Counter(), []
    for person, decisions in by_person.items():
        first, second = sorted(decisions, key=lambda d: d["number"])
        ends[f"{first['kind']} and {second['kind']}"] += 1
        # REVIEW is the checker's affair: it demands grey evidence.
        good = first["kind"] in ("UNIQUE", "REVIEW") and second["kind"] in ("DUPLICATE", "REVIEW")
        if not good or (second["kind"] == "DUPLICATE" and second["duplicate_of"] != first["id"]):
            wrong.append(f"person {person}: {first}, {second}")
    return ends, wrong


async def run(bin_folder, folder, captures):
    (folder / "history").mkdir(parents=True)
    one = server.Server(bin_folder, folder / "store", folder / "distinctd.log")
    await one.start()
    if not await one.ready():
        raise RuntimeError("distinctd did not start")
    ids, seconds = await enrol_pairs(folder / "history", one.address, captures)
    await workers.audit(folder / "history", one.address, ids)
    code = await one.stop()
    if code != 0:
        raise RuntimeError(f"distinctd ended with {code} after SIGTERM")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for store, log and histories")
    arguments = parser.parse_args()
    captures = people.make(arguments.bin, arguments.pairs, 2, arguments.seed)
    with verdict.folder(arguments.keep) as root:
        seconds = asyncio.run(run(arguments.bin, root, captures))
        verdict.demand_none(root / "history", "same-person pairs")
        ends, wrong = judge(history.read(root / "history"))
        for text in wrong:
            print(text, file=sys.stderr)
        print(f"same-person pairs: {arguments.pairs} in {seconds:.1f} s, {dict(ends)}")
        if wrong or ends.total() != arguments.pairs:
            sys.exit(1)


if __name__ == "__main__":
    main()
