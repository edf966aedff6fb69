"""Whoever dies or is cut off whenever: what Cassandra has stored is announced, without a mark."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, cast

import pytest

from movieserver.backends.cassandra.rate_store import CassandraRateStore
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.errors import StoreError
from movieserver.models import Rate
from movieserver.testing import ManualClock
from tests.unit.fake_cassandra import TIMEOUT, FakeCluster, FakeSession, QuickSession

STEPS = 300
USERS, FILMS = 4, 60


class Server:
    """A rating process: puts, announces what it put, and sweeps."""

    def __init__(self, system: "System") -> None:
        self._system = system
        self._session = FakeSession(system.cluster)
        session = cast("CassandraSession", self._session)
        self.store = CassandraRateStore(session, system.clock, TIMEOUT)
        self._offered: deque[Rate] = deque()
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._relaying: asyncio.Task[None] | None = None

    def put(self, rate: Rate) -> None:
        """Begin a put, which is offered to the relay when it is acknowledged."""
        if self._session.goes_on.is_set():
            self._begin(self._put, rate)

    def cancel_one(self) -> None:
        """A client's time is over."""
        if self._tasks:
            self._system.chance.choice([*self._tasks]).cancel()

    def relay(self, sweep: bool) -> None:
        """Begin a step of the relay unless one is under way, as in the job."""
        rests = self._relaying is None or self._relaying.done()
        if rests and self._session.goes_on.is_set():
            self._relaying = self._begin(self._relay, sweep)

    def stand_still(self) -> None:
        """Stop in the middle of everything, as by SIGSTOP, or go on."""
        if self._session.goes_on.is_set():
            self._session.goes_on.clear()
        else:
            self.go_on()

    def go_on(self) -> None:
        """Stand still no longer."""
        self._session.goes_on.set()

    async def stop(self) -> None:
        """End in order."""
        self.go_on()
        await self.store.close()
        self.kill()

    def kill(self) -> None:
        """End at once."""
        self._session.is_dead = True
        self.go_on()
        for task in self._tasks:
            task.cancel()

    async def _put(self, rate: Rate) -> None:
        await self.store.put(rate)
        self._system.acknowledged.append(rate)
        self._offered.append(rate)

    async def _relay(self, sweep: bool) -> None:
        if sweep:
            limit = self._system.chance.choice([1, 5, 100])
            await self._announce(await self.store.pending(limit, self._system.grace))
        while self._offered and self._system.log_is_up:
            await self._announce([self._offered.popleft()])

    async def _announce(self, rates: list[Rate]) -> None:
        if rates and self._system.log_is_up and not self._session.is_dead:
            self._system.announced.update(rates)
            await self.store.mark_announced(rates)

    def _begin(
        self, work: Callable[[Any], Awaitable[None]], subject: object
    ) -> "asyncio.Task[None]":
        async def quietly() -> None:
            with suppress(StoreError):
                await work(subject)

        task = asyncio.get_running_loop().create_task(quietly())
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        return task


class System:
    """Some servers, one cluster, one log, and what was promised to users."""

    def __init__(self, seed: int, grace: float, stalls: bool) -> None:
        self.grace, self._stalls = grace, stalls
        self.chance = random.Random(seed)
        self.clock = ManualClock()
        self.cluster = FakeCluster(self.clock, self.chance)
        self.log_is_up = True
        self.acknowledged: list[Rate] = []
        self.announced: set[Rate] = set()
        self.version = 0
        self.servers = [Server(self) for _ in range(3)]

    def rate(self) -> Rate:
        """One that mostly follows the others, but not always."""
        self.version += 1
        version = max(self.version - self.chance.choice([0, 0, 0, 3, 20]), 1)
        user, film = self.chance.randrange(USERS), self.chance.randrange(FILMS)
        return Rate(f"user{user}", f"tt{film}", self.chance.choice([None, 1, 9]), version)

    async def step(self) -> None:
        """Something happens."""
        server = self.chance.choice(self.servers)
        match self.chance.randrange(100):
            case number if number < 50:
                server.put(self.rate())
            case number if number < 75:
                server.relay(sweep=self.chance.random() < 0.5)
            case number if number < 78:
                self.log_is_up = not self.log_is_up
            case number if number < 81:
                self.cluster.trouble = self.chance.choice([0.0, 0.3])
            case number if number < 84:
                server.cancel_one()
            case number if number < 86:
                server.kill()
                self.servers[self.servers.index(server)] = Server(self)
            case number if number < 87:
                self.servers[self.servers.index(server)] = Server(self)
                await self.meanwhile(server.stop())
            case number if self._stalls and number < 89:
                server.stand_still()
            case _:
                await self.passes(self.chance.choice([0.1, 0.5, 2.0, 15.0]))

    async def meanwhile(self, end: Awaitable[None]) -> None:
        """Time goes by until something has come to its end."""
        ending = asyncio.ensure_future(end)
        while not ending.done():
            await self.passes(TIMEOUT)
        await ending

    async def passes(self, seconds: float) -> None:
        """Time goes by, in steps so small that none of a request's is passed over."""
        for _ in range(10):
            self.clock.advance(seconds / 10)
            for _ in range(12):
                await asyncio.sleep(0)

    async def calm_down(self) -> None:
        """All goes well from now on, with one server and one that comes anew."""
        self.log_is_up, self.cluster.trouble = True, 0.0
        for server in self.servers[1:]:
            server.kill()
        self.servers[0].go_on()
        self.servers = [self.servers[0], Server(self)]
        for _ in range(60):
            for server in self.servers:
                server.relay(sweep=True)
            await self.passes(3.0)

    async def end(self) -> None:
        """Leave no task behind."""
        for server in self.servers:
            server.kill()
        await self.passes(120.0)


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("grace", [0.0, 2.0])
@pytest.mark.parametrize("seed", range(30))
@pytest.mark.gen_test
async def test_all_that_is_stored_is_announced_in_the_end(
    seed: int, grace: float, stalls: bool
) -> None:
    system = System(seed, grace, stalls)
    for _ in range(STEPS):
        await system.step()
    await system.calm_down()
    held = system.cluster.held()
    # A process that is killed while it comes round may have stored what it told nobody.
    promised = held.intersection(system.acknowledged) if stalls else held
    assert promised <= system.announced
    best = {(rate.user_id, rate.movie_id): rate.precedence for rate in held}
    assert system.acknowledged
    for rate in system.acknowledged:
        assert rate.precedence <= best[rate.user_id, rate.movie_id]
    assert [await pending_count(system, server) for server in system.servers] == [0, 0]
    await system.end()


async def pending_count(system: System, server: Server) -> int:
    counting = asyncio.ensure_future(server.store.pending_count())
    await system.passes(TIMEOUT)
    return await counting


@pytest.mark.gen_test
async def test_a_rate_of_a_machine_that_was_paused_is_announced() -> None:
    """Its monotonic clock stands still meanwhile, so that it takes its bucket for a new one."""
    paused, other = ManualClock(), ManualClock()
    cluster = FakeCluster(paused, random.Random(1))
    sessions = [cast("CassandraSession", QuickSession(cluster)) for _ in range(2)]
    ours = CassandraRateStore(sessions[0], paused, TIMEOUT)
    theirs = CassandraRateStore(sessions[1], other, TIMEOUT)
    first = Rate("ann", "tt0", 5, 1)
    await ours.put(first)
    await ours.mark_announced([first])
    paused.advance(1.0)
    for _ in range(10):
        other.advance(2.0)
        await theirs.mark_announced(await theirs.pending(5000, 2.0))
    late = Rate("ann", "tt1", 9, 2)
    await ours.put(late)
    found: list[Rate] = []
    for _ in range(20):
        paused.advance(2.0)
        other.advance(2.0)
        for store in (ours, theirs):
            pending = await store.pending(5000, 2.0)
            found += pending
            await store.mark_announced(pending)
    assert late in found
