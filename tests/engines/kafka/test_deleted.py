"""Topics that are deleted under a process that uses them."""

import asyncio
from collections.abc import Iterable
from contextlib import closing

import pytest
from kafka import OffsetAndMetadata, TopicPartition

from movieserver.backends import EventLog, Message, Record, Subscription, Topic
from movieserver.backends.kafka import topics
from tests.engines.brokers import administrator, remove
from tests.engines.kafka.logs import GROUP, MakeLog, described, numbered, published, receive

SAID = "was gone and has been created again"


async def drained(log: EventLog, topic: Topic, subscription: Subscription) -> list[Record]:
    """What is read and committed until nothing is left; some of it may come twice."""
    found: list[Record] = []
    async with asyncio.timeout(60):
        while not found or await log.lag(topic.name, GROUP):
            records = await subscription.poll(1000, 0.5)
            await subscription.commit(records)
            found += records
    return found


def values(records: Iterable[Record]) -> set[bytes | None]:
    return {record.value for record in records}


def sent(messages: Iterable[Message]) -> set[bytes | None]:
    return {message.value for message in messages}


def present(topic: Topic) -> bool:
    with closing(administrator()) as admin:
        return topic.name in admin.list_topics()


@pytest.mark.gen_test(timeout=90)
async def test_they_are_made_again_and_what_is_published_then_is_read(
    make_log: MakeLog, topic: Topic, caplog: pytest.LogCaptureFixture
) -> None:
    dead = Topic(f"{topic.name}.dead", 1, retention=3600.0, compacted=False)
    log = make_log(topic, dead, timeout=4.0)
    await log.open()
    subscription = await log.subscribe(topic.name, GROUP)
    await log.publish(topic.name, numbered(50))
    await drained(log, topic, subscription)
    remove([topic.name, dead.name])
    await published(log, topic.name, numbered(20, 50))
    assert values(await drained(log, topic, subscription)) == sent(numbered(20, 50))
    assert described(topic.name) == (2, {"cleanup.policy": "compact"})
    assert described(dead.name) == (1, {"cleanup.policy": "delete", "retention.ms": "3600000"})
    lines = [line for line in caplog.messages if SAID in line]
    assert [name in line for name, line in zip((topic.name, dead.name), lines, strict=True)]
    await subscription.close()


@pytest.mark.gen_test(timeout=90)
async def test_who_publishes_alone_makes_them_again(make_log: MakeLog, topic: Topic) -> None:
    log = make_log(topic, timeout=2.0)
    await log.open()
    await log.publish(topic.name, numbered(10))
    remove([topic.name])
    await published(log, topic.name, numbered(10, 10))
    found = [record async for page in log.read(topic.name) for record in page]
    assert values(found) == sent(numbered(10, 10))


@pytest.mark.gen_test(timeout=90)
async def test_who_joins_while_they_are_gone_makes_them_again(
    make_log: MakeLog, topic: Topic
) -> None:
    log, other = make_log(topic), make_log(topic)
    await log.open()
    await other.open()
    remove([topic.name])
    subscription = await log.subscribe(topic.name, GROUP)
    async with asyncio.timeout(60):
        while not present(topic):
            await subscription.poll(1, 0.1)
    await published(other, topic.name, numbered(10))
    assert values(await drained(log, topic, subscription)) == sent(numbered(10))
    await subscription.close()


@pytest.mark.gen_test(timeout=90)
async def test_another_one_of_the_name_is_read_from_its_first_record_on(
    make_log: MakeLog, topic: Topic
) -> None:
    log = make_log(topic)
    await log.open()
    subscription = await log.subscribe(topic.name, GROUP)
    await log.publish(topic.name, numbered(50))
    await drained(log, topic, subscription)
    await log.publish(topic.name, numbered(50, 50))
    old = await receive(subscription, 50)
    with closing(administrator()) as admin:  # so fast that no member need miss it
        admin.delete_topics([topic.name])
        topics.make(admin, topic)
    await published(log, topic.name, numbered(200, 1000))
    new: list[Record] = []
    while len(new) < 200:
        found = await receive(subscription, 1)
        new += [record for record in found if record.incarnation != old[0].incarnation]
    assert values(new) == sent(numbered(200, 1000))
    await subscription.commit(old)
    assert await log.lag(topic.name, GROUP) == 200
    await subscription.commit(new)
    assert await log.lag(topic.name, GROUP) == 0
    await subscription.close()


@pytest.mark.gen_test(timeout=60)
async def test_an_offset_beyond_the_end_is_none(make_log: MakeLog, topic: Topic) -> None:
    log = make_log(topic)
    await log.open()
    await log.publish(topic.name, numbered(30))
    beyond = OffsetAndMetadata(1000, "", -1)
    with closing(administrator()) as admin:
        admin.alter_group_offsets(GROUP, {TopicPartition(topic.name, n): beyond for n in (0, 1)})
    assert await log.lag(topic.name, GROUP) == 30
    subscription = await log.subscribe(topic.name, GROUP)
    assert len(await drained(log, topic, subscription)) == 30
    await subscription.close()
