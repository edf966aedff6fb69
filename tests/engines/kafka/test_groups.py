"""Members whose owners are busy."""

import asyncio
from typing import Any

import pytest
from kafka import KafkaConsumer

from movieserver.backends import EventLog, Record, Subscription, Topic
from movieserver.backends.kafka import member
from movieserver.backends.kafka.fetched import fetch
from movieserver.backends.kafka.subscription import KafkaSubscription
from tests.engines.kafka.logs import GROUP, MakeLog, numbered, receive
from tests.engines.system import away


@pytest.mark.gen_test(timeout=90)
async def test_a_member_whose_owner_is_busy_shares_its_partitions(
    make_log: MakeLog, topic: Topic
) -> None:
    log = make_log(topic)
    await log.open()
    await log.publish(topic.name, numbered(100))
    busy = await log.subscribe(topic.name, GROUP)
    held = await receive(busy, 100)
    other = await log.subscribe(topic.name, GROUP)
    found: list[Record] = []
    async with asyncio.timeout(30):
        while not found:  # nobody polls the busy one, as in an outage of its database
            found = await other.poll(1000, 5.0)
    shared = {record.partition for record in found}
    assert len(shared) == 1
    await busy.commit(held)  # of the partition that is still its own
    assert await log.lag(topic.name, GROUP) == len(found)
    await busy.close()
    await other.close()


@pytest.mark.gen_test(timeout=60)
async def test_a_commit_does_not_wait_for_records(
    make_log: MakeLog, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []

    def counted(consumer: KafkaConsumer, seconds: float, *rest: Any) -> list[Record]:
        turns.append(seconds)
        return fetch(consumer, seconds, *rest)

    log = make_log(topic)
    await log.open()
    await log.publish(topic.name, numbered(150))
    subscription = await log.subscribe(topic.name, GROUP)
    await subscription.commit(await subscription.poll(1, 20.0))
    monkeypatch.setattr(member, "fetch", counted)
    for _ in range(100):
        await subscription.commit(await subscription.poll(1, 5.0))
    assert len(turns) < 50
    await subscription.close()


@pytest.mark.gen_test(timeout=60)
async def test_memory_is_bounded_while_the_owner_is_busy(make_log: MakeLog, topic: Topic) -> None:
    subscription = await behind(make_log(topic), topic)
    assert isinstance(subscription, KafkaSubscription)
    records = await subscription.poll(1, 20.0)
    while len(records) < 40_000:
        assert subscription._count <= 20_000
        more = await subscription.poll(500, 5.0)
        assert more
        records += more
    await subscription.close()


@pytest.mark.gen_test(timeout=60)
async def test_a_backlog_is_read_partition_by_partition(make_log: MakeLog, topic: Topic) -> None:
    subscription = await behind(make_log(topic), topic)
    records = await receive(subscription, 10_000)  # the driver itself takes 5,000 of each in turn
    assert len({record.partition for record in records}) == 1
    await subscription.close()


@pytest.mark.gen_test(timeout=90)
async def test_a_broker_that_hangs_is_not_asked_without_a_pause(
    make_log: MakeLog, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []
    asked: list[KafkaConsumer] = []
    ask = KafkaConsumer._poll_once

    def noted(consumer: KafkaConsumer, seconds: float, *rest: Any) -> list[Record]:
        turns.append(seconds)
        return fetch(consumer, seconds, *rest)

    def counted(consumer: KafkaConsumer, *rest: Any, **named: Any) -> Any:
        asked.append(consumer)
        return ask(consumer, *rest, **named)

    log = make_log(topic)
    await log.open()
    await log.publish(topic.name, numbered(1))
    subscription = await log.subscribe(topic.name, GROUP)
    await subscription.commit(await subscription.poll(1, 20.0))
    with away("kafka", "pause"):
        monkeypatch.setattr(member, "fetch", noted)
        monkeypatch.setattr(KafkaConsumer, "_poll_once", counted)
        while len(turns) < 100:
            assert not await subscription.poll(1, 1.0)
    assert turns.count(0.0) > 50  # the heartbeat was overdue
    assert len(asked) < 5 * len(turns)
    await log.publish(topic.name, numbered(1, 1))
    [record] = await subscription.poll(1, 20.0)
    await subscription.commit([record])
    await subscription.close()


async def behind(log: EventLog, topic: Topic) -> Subscription:
    """A member of a group that has 40,000 records to read."""
    await log.open()
    for start in range(0, 40_000, 10_000):
        await log.publish(topic.name, numbered(10_000, start, size=200))
    return await log.subscribe(topic.name, GROUP)
