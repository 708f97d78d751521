"""The clients of a campaign: workers who play its scenes, an examiner, an operator, a watcher, a
reader and the auditor."""

import asyncio
import itertools
import random

import client
import plan
import world

WORKERS = 8
READ_EVERY_S = 0.05
EXAMINE_EVERY_S = 0.3
CASES_AT_A_TIME = 5
# The recoverer decides what vanished clients left OPEN within seconds.
OPEN_SECONDS = 120
AT_ONCE = 32


class Campaign:
    """Everybody at work from start() to finish(), whatever becomes of the server meanwhile."""

    def __init__(self, folder, address, seed, captures):
        self.folder, self.address = folder, address
        folder.mkdir(parents=True)
        self._captures = captures
        self._scenes = plan.scenes(seed, len(captures))
        self._policies = plan.policies(seed)
        self._people = {}  # by id, in the order of the scenes
        self._erased, self._withdrawn = {}, {}  # used as ordered sets
        self._stop = asyncio.Event()
        self._counts = {"SENT": 0, "ANSWERED": 0}
        self._changed = asyncio.Event()
        self._tasks = []

    def start(self):
        work = [Worker(self, f"worker{i}").play() for i in range(WORKERS)]
        work += [self._watch(), self._read(), self._examine(), self._set_policies()]
        self._tasks = [asyncio.create_task(one) for one in work]

    async def finish(self):
        """Lets the scenes that are under way end, which takes a server that serves."""
        self._stop.set()
        await asyncio.gather(*self._tasks)
        await audit(self.folder, self.address, self._people, self._erased, self._withdrawn)

    def next_scene(self):
        """None when the campaign is over."""
        if self._stop.is_set():
            return None
        scene = next(self._scenes)
        self._people |= {visit.enrolment_id: visit.person for visit in scene.visits}
        if scene.erased:
            self._erased[scene.erased] = None
        return scene

    def capture(self, visit):
        return self._captures[visit.person][visit.impression]

    def count(self, moment):
        self._counts[moment] += 1
        self._changed.set()

    async def more(self, moment, count):
        """Waits until `count` more enrolments were SENT or ANSWERED."""
        target = self._counts[moment] + count
        while self._counts[moment] < target:
            self._changed.clear()
            await self._changed.wait()

    async def _watch(self):
        """Follows the feed across the server's deaths."""
        watcher = client.Client(self.folder, "watcher", self.address)
        after = 0
        while not self._stop.is_set():
            after = await watcher.watch(after, idle_s=1)
            await asyncio.sleep(client.PAUSE_SECONDS)
        await watcher.close()

    async def _read(self):
        """Asks now and then for something sent before."""
        reader = client.Client(self.folder, "reader", self.address)
        draw = random.Random(0)
        while not self._stop.is_set():
            await asyncio.sleep(READ_EVERY_S)
            if self._people:
                answer = await reader.get(draw.choice(list(self._people)))
                if answer.code != "OK":
                    await answer.pause()
        await reader.close()

    async def _examine(self):
        """Settles cases, the earliest first, by who was really captured."""
        examiner = client.Client(self.folder, "examiner", self.address)
        while not self._stop.is_set():
            await asyncio.sleep(EXAMINE_EVERY_S)
            listed = await examiner.list_cases(page_size=CASES_AT_A_TIME)
            for case in listed.response.cases if listed.code == "OK" else ():
                await self._settle(examiner, case.enrolment_id)
        await examiner.close()

    async def _set_policies(self):
        operator = client.Client(self.folder, "operator", self.address)
        for duplicate, review, seconds in self._policies:
            if self._stop.is_set():
                break
            await operator.set_policy(duplicate, review)
            await asyncio.sleep(seconds)
        await operator.close()

    async def _settle(self, examiner, enrolment_id):
        case = await examiner.get_case(enrolment_id)
        if case.code != "OK":
            return
        person = self._people[enrolment_id]
        verdicts = {of.candidate.enrolment_id:
                    "SAME" if self._people[of.candidate.enrolment_id] == person else "DIFFERENT"
                    for of in case.response.candidates if not of.erased}
        settled = await examiner.adjudicate(enrolment_id, verdicts)
        # An update by the capture of another who is enrolled can only be taken back.
        subject = case.response.decision.update_of
        if settled.code == "FAILED_PRECONDITION" and subject and self._people[subject] != person:
            self.note_withdrawal(enrolment_id)
            await examiner.withdraw(enrolment_id)

    def note_withdrawal(self, enrolment_id):
        self._withdrawn[enrolment_id] = None


class Worker:
    """A client with two connections. A method for each kind of scene: plan.py."""

    def __init__(self, campaign, name):
        self._campaign = campaign
        self._clients = [client.Client(campaign.folder, name + side, campaign.address)
                         for side in "ab"]

    async def play(self):
        while scene := self._campaign.next_scene():
            await getattr(self, scene.kind)(scene)
        for one in self._clients:
            await one.close()

    async def _enrol(self, visit, side=0, **options):
        self._campaign.count("SENT")
        await self._clients[side % 2].enrol(visit.enrolment_id, self._campaign.capture(visit),
                                            **options)
        self._campaign.count("ANSWERED")

    async def enrol(self, scene):
        await self._enrol(scene.visits[0])

    async def race(self, scene):
        await asyncio.gather(*(self._enrol(visit, i) for i, visit in enumerate(scene.visits)))

    other_content = race  # of one id

    async def twice(self, scene):
        await asyncio.gather(*(self._enrol(scene.visits[0], i) for i in range(3)))

    async def impatient(self, scene):
        await self._enrol(scene.visits[0], seconds=scene.delay_s)

    async def hang_up(self, scene):
        enrolling = asyncio.create_task(self._enrol(scene.visits[0]))
        await asyncio.sleep(scene.delay_s)
        await self._clients[0].hang_up()
        await enrolling

    async def vanish(self, scene):
        enrolling = asyncio.create_task(self._enrol(scene.visits[0]))
        await asyncio.sleep(scene.delay_s)
        enrolling.cancel()
        await asyncio.wait([enrolling])

    mislabelled = enrol

    async def withdraw(self, scene):
        enrolment_id = scene.visits[0].enrolment_id
        self._campaign.note_withdrawal(enrolment_id)
        enrolling = asyncio.create_task(self._enrol(scene.visits[0]))
        await asyncio.sleep(scene.delay_s)
        await self._clients[1].withdraw(enrolment_id)
        await enrolling

    async def update(self, scene):
        await asyncio.gather(*(self._enrol(visit, i, update_of=scene.subject)
                               for i, visit in enumerate(scene.visits)))

    update_stranger = update

    async def update_erase(self, scene):
        await asyncio.gather(self._clients[1].erase(scene.erased), self.update(scene))

    async def erase(self, scene):
        await self._clients[0].erase(scene.erased)

    async def erase_race(self, scene):
        await asyncio.gather(self._clients[0].erase(scene.erased),
                             self._enrol(scene.visits[0], 1))


async def audit(folder, address, ids, erased=(), withdrawn=()):
    """The last word: every erasure and withdrawal once more, every id that was ever sent, the open
    cases, the whole feed. Nobody else may be at work."""
    auditor = client.Client(folder, world.AUDITOR, address)
    for _ in range(OPEN_SECONDS * 5):
        status = await auditor.status()
        if status.code == "OK" and status.response.references.open == 0:
            break
        await asyncio.sleep(0.2)
    for ask, things in ((auditor.erase, erased), (auditor.withdraw, withdrawn),
                        (auditor.get, ids)):
        for some in itertools.zip_longest(*[iter(things)] * AT_ONCE):
            await asyncio.gather(*(ask(one) for one in some if one is not None))
    page = await auditor.list_cases()
    while page.code == "OK" and page.response.next_page_token:
        page = await auditor.list_cases(page.response.next_page_token)
    await auditor.watch(0, idle_s=3)
    await auditor.list_policies()
    await auditor.status()
    await auditor.close()
