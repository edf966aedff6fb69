"""What the event log's tests have in common: messages, and receiving them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple

from movieserver.backends import EventLog, Message, Record, Subscription, Topic

MakeEventLog = Callable[[Sequence[Topic]], EventLog]
Perish = Callable[[EventLog], Awaitable[None]]

GROUP = "group"
PATIENCE = 40.0
"""Seconds after which a test fails if what it waits for has not come."""
POLL = 0.1
"""Seconds that one poll waits, when several members poll in turn."""


class Topics(NamedTuple):
    """The topics of a test."""

    wide: Topic
    """Four partitions."""
    single: Topic
    """One partition."""


def numbered(count: int, start: int = 0) -> list[Message]:
    """Messages that differ in key, value and partition key."""
    return [
        Message(b"key %d" % n, b"value %d" % n, b"movie %d" % n)
        for n in range(start, start + count)
    ]


def values(records: Iterable[Record]) -> list[bytes | None]:
    """The values of the records, in order."""
    return [record.value for record in records]


def said(messages: Iterable[Message]) -> list[bytes | None]:
    """The values of the messages, in order."""
    return [message.value for message in messages]


def places(records: Iterable[Record]) -> list[tuple[int, int]]:
    """The partition and offset of each record."""
    return [(record.partition, record.offset) for record in records]


def in_order(records: Iterable[Record]) -> bool:
    """Whether the records of each partition are in the order of their offsets, each once."""
    last: dict[int, int] = {}
    for record in records:
        if record.offset <= last.get(record.partition, -1):
            return False
        last[record.partition] = record.offset
    return True


async def receive(subscription: Subscription, count: int, limit: int = 1000) -> list[Record]:
    """The next ``count`` records, and no more."""
    records: list[Record] = []
    async with asyncio.timeout(PATIENCE):
        while len(records) < count:
            wanted = min(limit, count - len(records))
            found = await subscription.poll(wanted, POLL)
            assert len(found) <= wanted
            records += found
    return records


async def receive_until(
    members: Sequence[Subscription], enough: Callable[[list[list[Record]]], bool]
) -> list[list[Record]]:
    """What each of ``members``, polled in turn, has received once it is ``enough``."""
    received: list[list[Record]] = [[] for _ in members]
    async with asyncio.timeout(PATIENCE):
        while not enough(received):
            for number, member in enumerate(members):
                received[number] += await member.poll(1000, POLL)
    return received


async def share_out(log: EventLog, topic: Topic, members: Sequence[Subscription]) -> list[set[int]]:
    """The partitions of each member, once every member has some and every partition has a member.

    Publishes meanwhile, and commits what it receives.
    """
    async with asyncio.timeout(PATIENCE):
        while True:
            await log.publish(topic.name, numbered(64))
            shares: list[set[int]] = []
            for member in members:
                records = await receive_rest(member)
                await member.commit(records)
                shares.append({record.partition for record in records})
            counts = [len(share) for share in shares]
            if all(counts) and sum(counts) == len(set().union(*shares)) == topic.partitions:
                return shares


async def receive_rest(subscription: Subscription) -> list[Record]:
    """All records until a poll finds none."""
    records: list[Record] = []
    while found := await subscription.poll(1000, POLL):
        records += found
    return records
