"""Consumer groups on SQLite: leases to the second, odd clocks, locks, members that come back.

Every log has a backend and a clock of its own, as in a process of its own.
"""

import asyncio
import logging
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import EventLog, Message, StoreContext, Subscription, Topic
from movieserver.backends.sqlite import SqliteBackend, records
from movieserver.backends.sqlite.event_log import SqliteEventLog
from movieserver.backends.sqlite.membership import HEARTBEAT, LEASE, dealt
from movieserver.testing import ManualClock

TOPIC = Topic("rates", 4, retention=60.0)
DAY = 86_400.0
PATIENCE = 20.0
"""Seconds that something may take before the test fails."""
ASLEEP = 2
"""The member's heart, and what looks for the changes of other processes."""


class Process:
    """An event log with the clock that it lives by."""

    def __init__(self, data: Path) -> None:
        self.clock = ManualClock()
        context = StoreContext(data, self.clock, timeout=1.0)
        self.log: EventLog = SqliteBackend().event_log("sqlite:///log.db", context, [TOPIC])

    async def publish(self, count: int = 64) -> None:
        messages = [Message(b"key", b"value", b"movie %d" % n) for n in range(count)]
        await self.log.publish(TOPIC.name, messages)

    async def beat(self) -> None:
        """Let the one member give a sign of life."""
        await self._all_asleep()
        self.clock.advance(HEARTBEAT)
        await asyncio.sleep(0)
        await self._all_asleep()

    async def _all_asleep(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.clock.sleepers < ASLEEP:
                await asyncio.sleep(0.001)


async def partitions(member: Subscription) -> set[int]:
    """Where the records are that the member has not yet had."""
    found: set[int] = set()
    while polled := await member.poll(1000, 0.0):
        found |= {record.partition for record in polled}
    return found


@pytest.fixture
def process(data: Path, io_loop: IOLoop) -> Iterator[Process]:
    process = Process(data)
    io_loop.run_sync(process.log.open)
    yield process
    io_loop.run_sync(process.log.close)


@pytest.fixture
def other(process: Process, data: Path, io_loop: IOLoop) -> Iterator[Process]:
    other = Process(data)
    io_loop.run_sync(other.log.open)
    yield other
    io_loop.run_sync(other.log.close)


@pytest.mark.parametrize("seed", range(50))
def test_partitions_are_dealt_evenly_and_change_hands_no_more_than_need_be(seed: int) -> None:
    chance = random.Random(seed)
    former = [f"former {n}" for n in range(chance.randrange(1, 6))]
    held = {p: chance.choice([None, *former]) for p in range(chance.randrange(1, 20))}
    members = chance.sample(former, chance.randrange(len(former) + 1))
    members += [f"new {n}" for n in range(chance.randrange(0, 4))]
    given = dealt(held, members)
    assert given.keys() == held.keys()
    if not members:
        assert set(given.values()) == {None}
        return
    counts = [list(given.values()).count(member) for member in members]
    assert sum(counts) == len(held)
    assert max(counts) - min(counts) <= 1
    kept = sum(given[partition] == member for partition, member in held.items())
    before = sorted((list(held.values()).count(member) for member in members), reverse=True)
    sizes = sorted(counts, reverse=True)
    assert kept == sum(map(min, before, sizes))


@pytest.mark.gen_test
async def test_who_dies_is_replaced_when_its_lease_is_over_and_no_sooner(
    process: Process, other: Process
) -> None:
    staying = await process.log.subscribe(TOPIC.name, "group")
    await other.log.subscribe(TOPIC.name, "group")
    for living in (process, other, *[process] * int(LEASE / HEARTBEAT - 2)):
        await living.beat()
    await process.publish()
    assert len(await partitions(staying)) == 2
    for _ in range(4):
        await process.beat()
    await process.publish()
    assert await partitions(staying) == {0, 1, 2, 3}


@pytest.mark.gen_test
async def test_who_gives_signs_of_life_keeps_its_share(process: Process, other: Process) -> None:
    members = [await each.log.subscribe(TOPIC.name, "group") for each in (process, other)]
    for _ in range(20):
        await process.beat()
        await other.beat()
    await process.publish()
    shares = [await partitions(member) for member in members]
    assert [len(share) for share in shares] == [2, 2]
    assert set.union(*shares) == {0, 1, 2, 3}


@pytest.mark.gen_test
async def test_who_dies_before_the_clock_is_set_back_is_replaced(
    process: Process, other: Process
) -> None:
    staying = await process.log.subscribe(TOPIC.name, "group")
    await other.log.subscribe(TOPIC.name, "group")
    process.clock.set_back(DAY)
    await process.beat()
    await process.publish()
    assert await partitions(staying) == {0, 1, 2, 3}


@pytest.mark.gen_test
async def test_who_was_taken_for_dead_and_comes_back_has_a_share_again(
    process: Process, other: Process
) -> None:
    staying = await process.log.subscribe(TOPIC.name, "group")
    sleeping = await other.log.subscribe(TOPIC.name, "group")
    await process.publish()
    first = await sleeping.poll(1000, 0.0)
    for _ in range(int(LEASE / HEARTBEAT) + 2):
        await process.beat()
    assert await partitions(staying) == {0, 1, 2, 3}
    assert await sleeping.poll(1000, 0.0) == []
    await sleeping.commit(first)
    assert await process.log.lag(TOPIC.name, "group") == 64
    other.clock.advance(LEASE)
    await other.beat()
    assert len({record.partition for record in await sleeping.poll(1000, 0.0)}) == 2


@pytest.mark.gen_test
async def test_what_was_not_committed_comes_again_to_who_lost_it_between_two_polls(
    process: Process, other: Process
) -> None:
    member = await process.log.subscribe(TOPIC.name, "group")
    await process.publish()
    assert await partitions(member) == {0, 1, 2, 3}
    await (await other.log.subscribe(TOPIC.name, "group")).close()
    assert len(await partitions(member)) == 2


@pytest.mark.gen_test
async def test_a_member_outlives_a_store_that_is_away(
    process: Process, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    member = await process.log.subscribe(TOPIC.name, "group")
    with closing(sqlite3.connect(data / "log.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with caplog.at_level(logging.WARNING):
            await process.beat()
        connection.execute("COMMIT")
    assert "could not renew the lease of the group on rates" in caplog.text
    await process.beat()
    await process.publish()
    assert await partitions(member) == {0, 1, 2, 3}


@pytest.mark.gen_test
async def test_closing_the_log_is_leaving_its_groups(process: Process, other: Process) -> None:
    await process.log.subscribe(TOPIC.name, "group")
    staying = await other.log.subscribe(TOPIC.name, "group")
    await process.log.close()
    await other.publish()
    assert await partitions(staying) == {0, 1, 2, 3}


@pytest.mark.gen_test
async def test_a_read_since_a_time_starts_at_the_first_record_whatever_the_clock_did(
    process: Process,
) -> None:
    start = process.clock.time()
    for step in (0, 10, -15, 20):
        process.clock.advance(max(step, 0))
        process.clock.set_back(max(-step, 0))
        await process.publish(1)
    found = [
        r.timestamp - start async for page in process.log.read(TOPIC.name, start + 5) for r in page
    ]
    assert found == [10, -5, 15]


@pytest.mark.gen_test
async def test_much_that_is_past_its_time_goes_with_the_next_publishes(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "TRIMMED", 10)
    await process.publish(400)
    member = await process.log.subscribe(TOPIC.name, "group")
    await member.commit(await member.poll(1000, 0.0))
    await member.close()
    process.clock.advance(DAY)
    for _ in range(50):
        await process.publish(1)
    assert sum([len(page) async for page in process.log.read(TOPIC.name)]) == 50


@pytest.mark.gen_test
async def test_a_group_that_was_forgotten_by_hand_begins_again(process: Process) -> None:
    member = await process.log.subscribe(TOPIC.name, "group")
    forget = "DELETE FROM places"
    assert isinstance(process.log, SqliteEventLog)
    await process.log._database.write(lambda connection: connection.execute(forget).fetchall())
    await process.publish()
    await process.beat()
    assert await partitions(member) == {0, 1, 2, 3}
