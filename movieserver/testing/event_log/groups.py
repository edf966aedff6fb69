"""Contract: members of a group share the partitions, and take over from each other."""

import pytest

from movieserver.backends import EventLog, Record
from movieserver.testing.event_log.model import (
    GROUP,
    Perish,
    Topics,
    in_order,
    numbered,
    places,
    receive,
    receive_until,
    share_out,
)


def distinct(received: list[list[Record]]) -> set[tuple[int, int]]:
    """The places of all records that any member received."""
    return {place for records in received for place in places(records)}


class GroupContract:
    """Several members, in one process and in two."""

    @pytest.mark.parametrize("apart", [False, True])
    async def test_members_share_the_partitions(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics, apart: bool
    ) -> None:
        logs = [event_log, second_event_log if apart else event_log]
        members = [await log.subscribe(topics.wide.name, GROUP) for log in logs]
        shares = await share_out(event_log, topics.wide, members)
        assert [len(share) for share in shares] == [2, 2]
        for member in members:
            await member.close()

    async def test_members_in_excess_wait_for_their_turn(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        first = await event_log.subscribe(topics.single.name, GROUP)
        second = await second_event_log.subscribe(topics.single.name, GROUP)
        await event_log.publish(topics.single.name, numbered(10))
        received = await receive_until([first, second], lambda r: len(distinct(r)) == 10)
        idle, busy = sorted(received, key=len)
        assert in_order(busy)
        members = [first, second] if received[0] is busy else [second, first]
        await members[0].close()
        await event_log.publish(topics.single.name, numbered(1, 10))
        assert len(await receive(members[1], 11 - len(idle))) == 11 - len(idle)
        await members[1].close()

    async def test_all_records_arrive_while_members_come_and_go(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        await event_log.publish(topics.wide.name, numbered(400))
        seen: set[tuple[int, int]] = set()
        for number in range(6):
            log = [event_log, second_event_log][number % 2]
            staying = await log.subscribe(topics.wide.name, GROUP)
            leaving = await event_log.subscribe(topics.wide.name, GROUP)
            for member in (staying, leaving):
                records = await member.poll(30, 0.0)
                assert in_order(records)
                seen |= set(places(records))
                await member.commit(records)
            await leaving.close()
            await staying.close()
        last = await event_log.subscribe(topics.wide.name, GROUP)
        seen |= distinct(await receive_until([last], lambda r: len(seen | distinct(r)) == 400))
        assert len(seen) == 400
        await last.close()

    async def test_who_leaves_is_replaced_at_once_where_it_had_committed(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        first = await event_log.subscribe(topics.wide.name, GROUP)
        second = await second_event_log.subscribe(topics.wide.name, GROUP)
        await share_out(event_log, topics.wide, [first, second])
        await event_log.publish(topics.wide.name, numbered(100))
        received = await receive_until([first, second], lambda r: len(distinct(r)) == 100)
        await first.commit(received[0][:10])
        await first.close()
        rest = set(places(received[0])) - committed(received[0][:10])
        [again] = await receive_until([second], lambda r: distinct(r) >= rest)
        assert set(places(again)) == rest
        await second.close()

    async def test_who_perishes_is_replaced(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics, perish: Perish
    ) -> None:
        first = await event_log.subscribe(topics.wide.name, GROUP)
        second = await second_event_log.subscribe(topics.wide.name, GROUP)
        await share_out(event_log, topics.wide, [first, second])
        await event_log.publish(topics.wide.name, numbered(100))
        received = await receive_until([first, second], lambda r: len(distinct(r)) == 100)
        await second.commit(received[1][:10])
        await perish(second_event_log)
        rest = set(places(received[1])) - committed(received[1][:10])
        [again] = await receive_until([first], lambda r: distinct(r) >= rest)
        assert set(places(again)) == rest
        await first.close()

    async def test_a_member_commits_nothing_in_a_partition_that_it_lost(
        self, event_log: EventLog, second_event_log: EventLog, topics: Topics
    ) -> None:
        first = await event_log.subscribe(topics.wide.name, GROUP)
        await event_log.publish(topics.wide.name, numbered(100))
        records = await receive(first, 100)
        second = await second_event_log.subscribe(topics.wide.name, GROUP)
        received = await receive_until([first, second], lambda r: two_partitions(r[1], records))
        await first.commit(records)
        lost = set(places(received[1]))
        assert await event_log.lag(topics.wide.name, GROUP) == len(lost)
        await first.close()
        await second.close()
        third = await event_log.subscribe(topics.wide.name, GROUP)
        assert set(places(await receive(third, len(lost)))) == lost
        await third.close()


def committed(records: list[Record]) -> set[tuple[int, int]]:
    """The places of ``records`` and of everything before them."""
    ends = {record.partition: record.offset for record in records}
    return {(partition, n) for partition, end in ends.items() for n in range(end + 1)}


def two_partitions(received: list[Record], records: list[Record]) -> bool:
    """Whether ``received`` holds all of ``records`` from exactly two partitions."""
    partitions = {record.partition for record in received}
    expected = [record for record in records if record.partition in partitions]
    return len(partitions) == 2 and set(places(received)) == set(places(expected))
