"""Contract: what one member of a group receives, and where the next one continues."""

import asyncio

from movieserver.backends import EventLog
from movieserver.testing.event_log.model import (
    GROUP,
    POLL,
    MakeEventLog,
    Topics,
    in_order,
    numbered,
    places,
    receive,
    receive_rest,
    said,
    values,
)


class DeliveryContract:
    """poll and commit of a member that is alone in its group."""

    async def test_a_group_starts_at_the_oldest_record(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(5))
        subscription = await event_log.subscribe(topics.single.name, GROUP)
        assert values(await receive(subscription, 5)) == said(numbered(5))
        await subscription.close()

    async def test_a_poll_goes_on_after_the_one_before(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(10))
        subscription = await event_log.subscribe(topics.single.name, GROUP)
        records = await receive(subscription, 10, limit=3)
        await event_log.publish(topics.single.name, numbered(3, 10))
        records += await receive(subscription, 3)
        assert values(records) == said(numbered(13))
        assert places(records) == [(0, offset) for offset in range(13)]
        assert await subscription.poll(10, 0.0) == []
        await subscription.close()

    async def test_a_poll_gives_no_more_than_the_limit(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.wide.name, numbered(500))
        subscription = await event_log.subscribe(topics.wide.name, GROUP)
        records = await receive(subscription, 500, limit=7)
        assert in_order(records)
        assert sorted(values(records), key=repr) == sorted(said(numbered(500)), key=repr)
        await subscription.close()

    async def test_no_partition_is_starved(self, event_log: EventLog, topics: Topics) -> None:
        await event_log.publish(topics.wide.name, numbered(2000))
        subscription = await event_log.subscribe(topics.wide.name, GROUP)
        seen: set[int] = set()
        for _ in range(100):
            records = await receive(subscription, 10)
            seen |= {record.partition for record in records}
            await event_log.publish(topics.wide.name, numbered(10))
        assert seen == {0, 1, 2, 3}
        await subscription.close()

    async def test_a_poll_waits_for_a_first_record(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        subscription = await event_log.subscribe(topics.wide.name, GROUP)
        assert await receive_rest(subscription) == []
        for number, log in enumerate([event_log, second_event_log]):
            poll = asyncio.create_task(subscription.poll(10, 300.0))
            await asyncio.sleep(0)
            assert not poll.done()
            await log.publish(topics.wide.name, numbered(1, number))
            assert values(await poll) == said(numbered(1, number))
        await subscription.close()

    async def test_a_poll_that_finds_nothing_ends_with_its_timeout(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        subscription = await event_log.subscribe(topics.wide.name, GROUP)
        assert await subscription.poll(10, 0.0) == []
        assert await subscription.poll(10, POLL) == []
        await subscription.close()

    async def test_a_poll_that_is_cancelled_loses_nothing(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(50))
        subscription = await event_log.subscribe(topics.single.name, GROUP)
        records = []
        for turns in range(100):
            poll = asyncio.create_task(subscription.poll(1, 0.0))
            for _ in range(turns % 10):
                await asyncio.sleep(0)
            poll.cancel()
            [found] = await asyncio.gather(poll, return_exceptions=True)
            records += found if isinstance(found, list) else []
        records += await receive(subscription, 50 - len(records))
        assert values(records) == said(numbered(50))
        await subscription.close()

    async def test_what_was_not_committed_comes_again(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(10))
        first = await event_log.subscribe(topics.single.name, GROUP)
        records = await receive(first, 10)
        await first.commit(records[:4])
        await first.close()
        second = await event_log.subscribe(topics.single.name, GROUP)
        assert places(await receive(second, 6)) == places(records[4:])
        await second.close()

    async def test_a_commit_covers_everything_before(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(10))
        first = await event_log.subscribe(topics.single.name, GROUP)
        records = await receive(first, 10)
        await first.commit([records[6]])
        await first.close()
        second = await event_log.subscribe(topics.single.name, GROUP)
        assert values(await receive(second, 3)) == said(numbered(3, 7))
        await second.close()

    async def test_a_commit_never_moves_a_group_backwards(
        self, event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(10))
        first = await event_log.subscribe(topics.single.name, GROUP)
        records = await receive(first, 10)
        await first.commit(records[:8])
        await first.commit(records[:3])
        await first.commit([])
        assert await event_log.lag(topics.single.name, GROUP) == 2
        await first.close()
        second = await event_log.subscribe(topics.single.name, GROUP)
        assert values(await receive(second, 2)) == said(numbered(2, 8))
        await second.close()

    async def test_a_commit_outlives_the_log(
        self, event_log: EventLog, make_event_log: MakeEventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.single.name, numbered(10))
        subscription = await event_log.subscribe(topics.single.name, GROUP)
        await subscription.commit(await receive(subscription, 9))
        await subscription.close()
        await event_log.close()
        later = make_event_log(topics)
        await later.open()
        again = await later.subscribe(topics.single.name, GROUP)
        assert values(await receive(again, 1)) == said(numbered(1, 9))
        await again.close()
        await later.close()

    async def test_groups_are_apart(self, event_log: EventLog, topics: Topics) -> None:
        await event_log.publish(topics.single.name, numbered(10))
        first = await event_log.subscribe(topics.single.name, GROUP)
        await first.commit(await receive(first, 10))
        other = await event_log.subscribe(topics.single.name, "another group")
        assert values(await receive(other, 10)) == said(numbered(10))
        await first.close()
        await other.close()

    async def test_one_group_on_two_topics(self, event_log: EventLog, topics: Topics) -> None:
        await event_log.publish(topics.single.name, numbered(3))
        await event_log.publish(topics.wide.name, numbered(3, 3))
        first = await event_log.subscribe(topics.single.name, GROUP)
        second = await event_log.subscribe(topics.wide.name, GROUP)
        assert values(await receive(first, 3)) == said(numbered(3))
        assert sorted(values(await receive(second, 3)), key=repr) == said(numbered(3, 3))
        await first.close()
        await second.close()

    async def test_leaving_twice(self, event_log: EventLog, topics: Topics) -> None:
        subscription = await event_log.subscribe(topics.single.name, GROUP)
        await subscription.close()
        await subscription.close()
