#!/usr/bin/env python3
"""The disk becomes full under clients at work, and later has room again: README.md.

distinctd has to refuse with UNAVAILABLE, say NOT_SERVING and end with 1. A start on the full disk
must do no harm, whatever becomes of it, and one with room must have all that was acknowledged.
"""

import argparse
import asyncio
import pathlib
import resource
import subprocess

import client
import history
import people
import plan
import server
import verdict
import workers

PEOPLE = 300
# What a store takes before its first enrolment, and some hundreds of enrolments.
ROOM_BYTES = 3 << 20
# Until the full disk has ended the server.
END_SECONDS = 300


class SmallDisk:
    """A file system in memory. Needs a mount namespace: unshare -rm."""

    preexec = None

    def __init__(self, root):
        self.folder = root / "disk"
        self.folder.mkdir()
        self._mount(f"size={ROOM_BYTES}")

    def make_room(self):
        self._mount(f"remount,size={ROOM_BYTES * 20}")

    def leave(self):
        subprocess.run(["umount", self.folder], check=True)

    def _mount(self, options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.folder], check=True)


class ShortFiles:
    """No file of the server's grows beyond a size: where nothing may be mounted."""

    def __init__(self, root):
        self.folder = root
        self._file_bytes = ROOM_BYTES // 8

    def preexec(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._file_bytes, resource.RLIM_INFINITY))

    def make_room(self):
        self._file_bytes = resource.RLIM_INFINITY

    def leave(self):
        pass


def demand(condition, what):
    if not condition:
        raise RuntimeError(f"full disk: want {what}")


async def start_on_full_disk(one):
    """What became of it."""
    await one.start()
    if not await one.ready():
        return f"ended with {await one.ended()}"
    await one.kill()
    return "served"


async def run(bin_folder, root, disk, seed, captures):
    one = server.Server(bin_folder, disk.folder / "store", root / "distinctd.log",
                        preexec=disk.preexec)
    campaign = workers.Campaign(root / "history", one.address, seed, captures)
    campaign.start()
    await one.start()
    demand(await one.ready(), "a start on an empty disk")
    health = asyncio.create_task(client.health_until_not_serving(one.address))
    code = await asyncio.wait_for(one.ended(), END_SECONDS)
    print(f"full disk: exit code {code}, health {await health}", flush=True)
    demand(code == 1, "exit code 1")
    log = (root / "distinctd.log").read_text()
    demand("stays open" not in log, "no vain work on what is OPEN once nothing can be written")
    demand(health.result()[-2:] == ["SERVING", "NOT_SERVING"], "NOT_SERVING after SERVING")
    print(f"full disk: another start {await start_on_full_disk(one)}", flush=True)
    disk.make_room()
    await one.start()
    demand(await one.ready(), "a start where there is room again")
    await campaign.finish()
    demand(await one.stop() == 0, "exit code 0 after SIGTERM")
    demand(any("takes no writes" in (record.get("message") or "")
               for record in history.read(root / "history")),
           "UNAVAILABLE, as the store takes no writes")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--disk", choices=("small", "short-files"), required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for store, log and histories")
    arguments = parser.parse_args()
    with verdict.folder(arguments.keep) as root:
        disk = {"small": SmallDisk, "short-files": ShortFiles}[arguments.disk](root)
        captures = people.make(arguments.bin, PEOPLE, plan.IMPRESSIONS)
        asyncio.run(run(arguments.bin, root, disk, arguments.seed, captures))
        verdict.demand_none(root / "history", f"full disk, {arguments.disk}")
        disk.leave()


if __name__ == "__main__":
    main()
