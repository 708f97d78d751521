#!/usr/bin/env python3
"""distinctd is killed again and again while clients race, repeat, vanish and erase: README.md."""

import argparse
import asyncio
import collections
import pathlib
import time

import people
import plan
import server
import verdict
import workers

PEOPLE = 300
# A moment that does not come by itself is not waited for longer.
MOMENT_SECONDS = 5


async def live_and_die(victim, kill, campaign):
    """Starts the server and kills it as planned. The moment it died, None if it ended by itself."""
    await victim.start()
    ready = asyncio.create_task(victim.ready())
    if kill.moment == "START":
        await asyncio.sleep(kill.delay_s)
    else:
        if not await ready:
            return None
        if kill.moment != "READY":
            try:
                await asyncio.wait_for(campaign.more(kill.moment, kill.count), MOMENT_SECONDS)
            except asyncio.TimeoutError:
                pass
        await asyncio.sleep(kill.delay_s)
    moment = "serving" if ready.done() else "starting"
    ready.cancel()
    return moment if await victim.kill() else None


async def run(bin_folder, folder, seed, kills, captures):
    """One store's life. How often the server was killed at what moment."""
    victim = server.Server(bin_folder, folder / "store", folder / "distinctd.log")
    campaign = workers.Campaign(folder / "history", victim.address, seed, captures)
    campaign.start()
    killed = collections.Counter()
    for kill in plan.kills(seed, kills):
        moment = await live_and_die(victim, kill, campaign)
        if moment is None:
            raise RuntimeError(f"distinctd ended by itself after {killed.total()} kills")
        killed[moment] += 1
    await victim.start()
    if not await victim.ready():
        raise RuntimeError(f"distinctd did not start after {killed.total()} kills")
    await campaign.finish()
    code = await victim.stop()
    if code != 0:
        raise RuntimeError(f"distinctd ended with {code} after SIGTERM")
    return killed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--kills-a-store", type=int, default=50,
                        help="then the next seed begins with a new store")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for stores, logs and histories")
    arguments = parser.parse_args()
    captures = people.make(arguments.bin, PEOPLE, plan.IMPRESSIONS)
    begin = time.monotonic()
    killed = collections.Counter()
    with verdict.folder(arguments.keep) as root:
        while killed.total() < arguments.kills:
            seed = arguments.seed + killed.total() // arguments.kills_a_store
            kills = min(arguments.kills_a_store, arguments.kills - killed.total())
            folder = root / f"seed-{seed}"
            killed += asyncio.run(run(arguments.bin, folder, seed, kills, captures))
            verdict.demand_none(folder / "history", f"seed {seed}, {kills} kills")
    print(f"crash campaign: {killed.total()} kills ({dict(killed)}) in "
          f"{time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
