#!/usr/bin/env python3
"""The checker catches real servers that really break the promise: README.md."""

import argparse
import asyncio
import itertools
import pathlib
import shutil
import sys
import unittest

import people
import plan
import server
import verdict
import workers

SEED = 1
PEOPLE = 60
# Enrolments answered before the mishap, and after it.
ENROLMENTS = 120


async def forward(host, port, backend_ports):
    """One address for several servers: each connection goes to the next."""
    backends = itertools.cycle(backend_ports)

    async def pump(reader, writer):
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def accept(reader, writer):
        back_reader, back_writer = await asyncio.open_connection(host, next(backends))
        await asyncio.gather(pump(reader, back_writer), pump(back_reader, writer))

    return await asyncio.start_server(accept, host, port)


class BrokenServers(unittest.TestCase):
    bin_folder = None

    @classmethod
    def setUpClass(cls):
        cls.captures = people.make(cls.bin_folder, PEOPLE, plan.IMPRESSIONS)

    def rules_broken(self, scenario):
        with verdict.folder(None) as root:
            asyncio.run(scenario(root))
            violations, tried = verdict.of(root / "history")
            rules = sorted({violation.rule for violation in violations})
            print(f"{self.id()}: {len(violations)} violations of {rules}; {tried}", flush=True)
            return set(rules)

    def test_a_store_that_is_taken_back_has_lost_what_was_acknowledged(self):
        async def scenario(root):
            store = root / "store"
            one = server.Server(self.bin_folder, store, root / "distinctd.log")
            campaign = workers.Campaign(root / "history", one.address, SEED, self.captures)
            campaign.start()
            for what_happens in (lambda: shutil.copytree(store, root / "earlier"),
                                 lambda: (shutil.rmtree(store), (root / "earlier").rename(store))):
                await one.start()
                self.assertTrue(await one.ready())
                await campaign.more("ANSWERED", ENROLMENTS)
                await one.kill()
                what_happens()
            await one.start()
            self.assertTrue(await one.ready())
            await campaign.finish()
            await one.stop()
        self.assertLessEqual({"lost", "number"}, self.rules_broken(scenario))

    def test_two_servers_behind_one_address_give_one_person_two_numbers(self):
        async def scenario(root):
            ports = [server.PORT + 1, server.PORT + 2]
            two = [server.Server(self.bin_folder, root / f"store-{port}", root / "distinctd.log",
                                 port) for port in ports]
            for one in two:
                await one.start()
                self.assertTrue(await one.ready())
            address = await forward(server.own_host(), server.PORT, ports)
            campaign = workers.Campaign(root / "history", f"{server.own_host()}:{server.PORT}",
                                        SEED, self.captures)
            campaign.start()
            await campaign.more("ANSWERED", ENROLMENTS)
            await campaign.finish()
            address.close()
            for one in two:
                await one.stop()
        self.assertLessEqual({"unique", "lost", "number"}, self.rules_broken(scenario))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    BrokenServers.bin_folder = parser.parse_args().bin
    unittest.main(argv=sys.argv[:1])
