"""What the event log on SQLite promises beyond the interface: retention, to the second."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import EventLog, Message, StoreContext, Topic
from movieserver.backends.sqlite import SqliteBackend, event_log, records
from movieserver.testing import ManualClock

HOUR = 3600.0
DAY = 24 * HOUR
TOPIC = Topic("rates", 1, retention=DAY)
WIDE = Topic("wide", 4, retention=DAY)
DEAD = Topic("rates.dead", 1, retention=DAY, compacted=False)
TOPICS = [TOPIC, WIDE, DEAD]


class Process:
    """An event log with the clock that it lives by."""

    def __init__(self, data: Path) -> None:
        self.clock = ManualClock()
        context = StoreContext(data, self.clock)
        self.log: EventLog = SqliteBackend().event_log("sqlite:///events.db", context, TOPICS)


@pytest.fixture
def process(data: Path, io_loop: IOLoop) -> Iterator[Process]:
    process = Process(data)
    io_loop.run_sync(process.log.open)
    yield process
    io_loop.run_sync(process.log.close)


def message(number: int) -> Message:
    return Message(b"key", b"%d" % number, b"movie %d" % number)


async def kept(log: EventLog, topic: Topic = TOPIC) -> list[int]:
    """What the topic holds."""
    return [int(r.value or b"") async for records in log.read(topic.name) for r in records]


async def publish(process: Process, *numbers: int) -> None:
    await process.log.publish(TOPIC.name, [message(number) for number in numbers])


async def group(process: Process, name: str, done: int) -> None:
    """Be a group that has committed ``done`` records."""
    member = await process.log.subscribe(TOPIC.name, name)
    await member.commit(await member.poll(done, 0.0))
    await member.close()


@pytest.mark.gen_test
async def test_what_every_group_has_read_goes_after_its_retention(process: Process) -> None:
    await publish(process, *range(10))
    await group(process, "fast", 10)
    await group(process, "slow", 4)
    process.clock.advance(DAY - HOUR)
    await publish(process, 10)
    assert await kept(process.log) == list(range(11))
    process.clock.advance(2 * HOUR)
    await publish(process, 11)
    assert await kept(process.log) == list(range(4, 12))
    await group(process, "slow", 8)
    process.clock.advance(HOUR)
    await publish(process, 12)
    assert await kept(process.log) == [10, 11, 12]


@pytest.mark.gen_test
async def test_nothing_goes_while_no_group_ever_read(process: Process) -> None:
    await publish(process, 0)
    process.clock.advance(100 * DAY)
    await publish(process, 1)
    process.clock.advance(100 * DAY)
    await publish(process, 2)
    assert await kept(process.log) == [0, 1, 2]


@pytest.mark.gen_test
async def test_what_is_not_to_be_compacted_goes_unread(process: Process) -> None:
    for number in range(3):
        await process.log.publish(DEAD.name, [message(number)])
        process.clock.advance(DAY - HOUR)
    assert await kept(process.log, DEAD) == [1, 2]


@pytest.mark.gen_test
async def test_a_group_that_has_read_another_topic_alone_counts_for_nothing(
    process: Process,
) -> None:
    member = await process.log.subscribe(WIDE.name, "group")
    await member.close()
    await publish(process, 0)
    process.clock.advance(100 * DAY)
    await publish(process, 1)
    assert await kept(process.log) == [0, 1]


@pytest.mark.gen_test
@pytest.mark.parametrize("first", range(12))
async def test_the_first_record_of_a_time_is_looked_for_a_part_at_a_time(
    process: Process, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    looked_at: list[range] = []
    first_since = records.first_since

    def noted(*arguments: Any, **named: Any) -> int:
        looked_at.append(named["offsets"])
        return first_since(*arguments, **named)

    monkeypatch.setattr(event_log, "LOOKED_AT", 4)
    monkeypatch.setattr(records, "first_since", noted)
    start = process.clock.time()
    for number in range(11):
        await publish(process, number)
        process.clock.advance(1.0)
    pages = process.log.read(TOPIC.name, start + first)
    assert [int(r.value or b"") async for page in pages for r in page] == [*range(first, 11)]
    assert looked_at == [range(4), range(4, 8), range(8, 11)][: first // 4 + 1]


@pytest.mark.gen_test
async def test_a_group_goes_on_where_it_was_after_a_trim(process: Process) -> None:
    await publish(process, *range(10))
    await group(process, "group", 4)
    process.clock.advance(2 * DAY)
    await publish(process, 10)
    assert await process.log.lag(TOPIC.name, "group") == 7
    assert await process.log.lag(TOPIC.name, "new") == 7
    for name in ("group", "new"):
        member = await process.log.subscribe(TOPIC.name, name)
        records = await member.poll(100, 0.0)
        assert [(r.offset, int(r.value or b"")) for r in records] == [(n, n) for n in range(4, 11)]
        await member.close()


@pytest.mark.gen_test
async def test_a_record_from_a_clock_that_was_ahead_holds_up_no_other(process: Process) -> None:
    await publish(process, 0)
    process.clock.advance(1000 * DAY)
    await publish(process, 1)
    process.clock.set_back(1000 * DAY)
    await group(process, "group", 2)
    process.clock.advance(2 * DAY)
    await publish(process, 2)
    assert await kept(process.log) == [2]
