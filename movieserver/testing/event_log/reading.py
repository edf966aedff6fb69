"""Contract: reading a topic without a group, and how far a group is behind."""

from itertools import groupby

from movieserver.backends import EventLog, Record
from movieserver.testing.event_log.model import (
    GROUP,
    Topics,
    in_order,
    numbered,
    receive,
    said,
    values,
)
from movieserver.testing.samples import listed

CENTURY = 100 * 365 * 86_400.0


async def publish_moments(log: EventLog, topic: str, moments: int) -> list[Record]:
    """Publish until the records have ``moments`` different timestamps; returns the records."""
    count = 0
    while True:
        await log.publish(topic, numbered(1, count))
        count += 1
        records = await listed(log.read(topic))
        if len({record.timestamp for record in records}) == moments:
            return records


class ReadContract:
    """read."""

    async def test_everything_from_the_oldest_partition_by_partition(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.wide.name, numbered(3000))
        records = await listed(event_log.read(topics.wide.name))
        assert in_order(records)
        assert sorted(values(records), key=repr) == sorted(said(numbered(3000)), key=repr)
        assert len([p for p, _ in groupby(record.partition for record in records)]) == 4

    async def test_an_empty_topic(self, event_log: EventLog, topics: Topics) -> None:
        assert await listed(event_log.read(topics.wide.name)) == []
        assert await listed(event_log.read(topics.wide.name, 0.0)) == []

    async def test_it_ends_where_the_topic_ended_when_it_began(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(100))
        read = event_log.read(topics.single.name)
        records = await anext(read)
        await event_log.publish(topics.single.name, numbered(100))
        async for more in read:
            records += more
            await event_log.publish(topics.single.name, numbered(100))
        assert values(records) == said(numbered(100))

    async def test_from_the_first_record_at_a_time(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        records = await publish_moments(event_log, topics.single.name, 4)
        for since in {record.timestamp for record in records}:
            found = await listed(event_log.read(topics.single.name, since))
            assert found == [record for record in records if record.timestamp >= since]

    async def test_from_a_time_between_two_records(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        records = await publish_moments(event_log, topics.single.name, 2)
        first, last = records[0].timestamp, records[-1].timestamp
        found = await listed(event_log.read(topics.single.name, first + (last - first) / 2))
        assert found == [record for record in records if record.timestamp == last]

    async def test_from_before_the_first_and_from_after_the_last(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.wide.name, numbered(20))
        records = await listed(event_log.read(topics.wide.name))
        for since in (0.0, -CENTURY):
            assert await listed(event_log.read(topics.wide.name, since)) == records
        after = records[-1].timestamp + CENTURY
        assert await listed(event_log.read(topics.wide.name, after)) == []

    async def test_it_touches_no_group(self, event_log: EventLog, topics: Topics) -> None:
        await event_log.publish(topics.single.name, numbered(10))
        subscription = await event_log.subscribe(topics.single.name, GROUP)
        await subscription.commit(await receive(subscription, 4))
        assert len(await listed(event_log.read(topics.single.name))) == 10
        assert await event_log.lag(topics.single.name, GROUP) == 6
        assert values(await receive(subscription, 6)) == said(numbered(6, 4))
        await subscription.close()


class LagContract:
    """lag."""

    async def test_a_group_that_never_was_has_everything_before_it(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        assert await event_log.lag(topics.wide.name, GROUP) == 0
        await event_log.publish(topics.wide.name, numbered(100))
        assert await event_log.lag(topics.wide.name, GROUP) == 100

    async def test_commits_bring_it_down_and_polls_do_not(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.wide.name, numbered(100))
        subscription = await event_log.subscribe(topics.wide.name, GROUP)
        records = await receive(subscription, 100)
        assert await event_log.lag(topics.wide.name, GROUP) == 100
        await subscription.commit(records[:40])
        assert await second_event_log.lag(topics.wide.name, GROUP) == 60
        await subscription.commit(records)
        assert await second_event_log.lag(topics.wide.name, GROUP) == 0
        await event_log.publish(topics.wide.name, numbered(5))
        assert await second_event_log.lag(topics.wide.name, GROUP) == 5
        assert await second_event_log.lag(topics.wide.name, "another group") == 105
        await subscription.close()
