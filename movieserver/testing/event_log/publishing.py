"""Contract: topics are set up, and what is published is in the log."""

import asyncio
import time
from dataclasses import replace

import pytest

from movieserver.backends import EventLog, Message, Topic
from movieserver.errors import StoreError, StoreRefused
from movieserver.testing.event_log.model import (
    GROUP,
    MakeEventLog,
    Topics,
    in_order,
    numbered,
    places,
    receive,
    said,
    values,
)
from movieserver.testing.samples import listed

MANY = 10_000
DAY = 86_400.0


class TopicContract:
    """Opening and closing."""

    async def test_topics_are_made_once(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.ping()
        await event_log.publish(topics.single.name, numbered(1))
        await second_event_log.publish(topics.single.name, numbered(1, 1))
        found = await listed(event_log.read(topics.single.name))
        assert [(record.partition, record.offset) for record in found] == [(0, 0), (0, 1)]

    async def test_several_that_open_at_once(
        self, make_event_log: MakeEventLog, topics: Topics
    ) -> None:
        logs = [make_event_log(topics) for _ in range(4)]
        await asyncio.gather(*(log.open() for log in logs))
        await asyncio.gather(*(log.publish(topics.wide.name, numbered(9)) for log in logs))
        assert len(await listed(logs[0].read(topics.wide.name))) == 36

    async def test_a_topic_with_other_partitions_is_refused(
        self, event_log: EventLog, make_event_log: MakeEventLog, topics: Topics
    ) -> None:
        log = make_event_log([Topic(topics.wide.name, 3)])
        with pytest.raises(StoreRefused, match=topics.wide.name):
            await log.open()
        await log.close()

    async def test_an_absent_topic_that_is_not_to_be_made_is_refused(
        self, event_log: EventLog, make_event_log: MakeEventLog, topics: Topics
    ) -> None:
        there = make_event_log([replace(topics.wide, create=False)])
        await there.open()
        await there.publish(topics.wide.name, numbered(1))
        absent = Topic(f"{topics.wide.name}.absent", create=False)
        for _ in range(2):
            log = make_event_log([absent])
            with pytest.raises(StoreRefused, match=f"there is no topic {absent.name}"):
                await log.open()
            await log.close()

    async def test_what_is_not_a_topic_of_the_log_is_refused(self, event_log: EventLog) -> None:
        for attempt in (
            event_log.publish("no-such-topic", numbered(1)),
            event_log.subscribe("no-such-topic", GROUP),
            event_log.lag("no-such-topic", GROUP),
            listed(event_log.read("no-such-topic")),
        ):
            with pytest.raises(StoreRefused, match="no-such-topic"):
                await attempt

    async def test_a_closed_log_refuses_and_may_be_opened_again(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(3))
        await event_log.close()
        await event_log.close()
        with pytest.raises(StoreError):
            await event_log.ping()
        with pytest.raises(StoreError):
            await event_log.publish(topics.single.name, numbered(1, 3))
        await event_log.open()
        await event_log.ping()
        await event_log.publish(topics.single.name, numbered(1, 3))
        assert values(await listed(event_log.read(topics.single.name))) == said(numbered(4))

    async def test_closing_a_log_that_was_never_opened(
        self, make_event_log: MakeEventLog, topics: Topics
    ) -> None:
        await make_event_log(topics).close()


class PublishContract:
    """publish."""

    async def test_a_record_is_the_message_with_its_place(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        every_byte = bytes(range(256))
        headers = (("reason", every_byte), ("a", b""), ("a", b"2"), ("Grund 🎬", "ü".encode()))
        messages = [
            Message("Ünïcødé 用户".encode(), b'{"rate":9}', b"tt1", headers),
            Message(every_byte, every_byte, every_byte),
            Message(b"\0", b"", b""),
        ]
        for message in messages:
            await event_log.publish(topics.single.name, [message])
        records = await listed(event_log.read(topics.single.name))
        assert places(records) == [(0, 0), (0, 1), (0, 2)]
        for record, message in zip(records, messages, strict=True):
            assert (record.topic, record.key) == (topics.single.name, message.key)
            assert (record.value, record.headers) == (message.value, message.headers)
            assert abs(record.timestamp - time.time()) < DAY

    async def test_a_large_message(self, event_log: EventLog, topics: Topics) -> None:
        message = Message(b"k" * 1000, bytes(500_000), b"tt1", (("h", bytes(10_000)),))
        await event_log.publish(topics.single.name, [message])
        [record] = await listed(event_log.read(topics.single.name))
        assert (record.key, record.value) == (message.key, message.value)
        assert record.headers == message.headers

    async def test_nothing_to_publish(self, event_log: EventLog, topics: Topics) -> None:
        await event_log.publish(topics.single.name, [])
        assert await listed(event_log.read(topics.single.name)) == []

    async def test_topics_are_apart(self, event_log: EventLog, topics: Topics) -> None:
        await event_log.publish(topics.single.name, numbered(2))
        await event_log.publish(topics.wide.name, numbered(2, 2))
        assert values(await listed(event_log.read(topics.single.name))) == said(numbered(2))

    async def test_a_partition_key_has_one_partition_and_keeps_its_order(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        messages = [
            Message(b"key %d" % (n % 3), b"%d" % n, b"movie %d" % (n % 64)) for n in range(640)
        ]
        for number, start in enumerate(range(0, 640, 80)):
            log = [event_log, second_event_log][number % 2]
            await log.publish(topics.wide.name, messages[start : start + 80])
        by_partition_key: dict[bytes, list[bytes | None]] = {}
        homes: dict[bytes, set[int]] = {}
        for record in await listed(event_log.read(topics.wide.name)):
            partition_key = b"movie %d" % (int(record.value or b"") % 64)
            by_partition_key.setdefault(partition_key, []).append(record.value)
            homes.setdefault(partition_key, set()).add(record.partition)
        for partition_key, found in by_partition_key.items():
            assert found == [m.value for m in messages if m.partition_key == partition_key]
        assert all(len(partitions) == 1 for partitions in homes.values())
        assert set().union(*homes.values()) == {0, 1, 2, 3}

    async def test_many_messages_in_one_call(self, event_log: EventLog, topics: Topics) -> None:
        await event_log.publish(topics.wide.name, numbered(MANY))
        records = await listed(event_log.read(topics.wide.name))
        assert in_order(records)
        assert sorted(values(records), key=repr) == sorted(said(numbered(MANY)), key=repr)

    async def test_many_calls_at_once(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        logs = [event_log, second_event_log]
        messages = numbered(200)
        await asyncio.gather(
            *(logs[n % 2].publish(topics.wide.name, [m]) for n, m in enumerate(messages))
        )
        subscription = await event_log.subscribe(topics.wide.name, GROUP)
        records = await receive(subscription, 200)
        assert in_order(records)
        assert sorted(values(records), key=repr) == sorted(said(messages), key=repr)
        await subscription.close()
