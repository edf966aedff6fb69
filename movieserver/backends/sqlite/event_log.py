"""The event log on SQLite: topics, partitions, offsets and groups in tables."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from functools import partial
from importlib.resources import files
from weakref import WeakSet

from movieserver.backends.event_log import EventLog, Message, Record, Subscription, Topic
from movieserver.backends.sqlite import records
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.membership import Membership
from movieserver.backends.sqlite.records import StoredTopic
from movieserver.backends.sqlite.store import SqliteStore
from movieserver.backends.sqlite.subscription import SqliteSubscription
from movieserver.clock import Clock
from movieserver.errors import StoreRefused, StoreUnavailable

PAGE = 2000
"""The most records in one list of a read."""
LOOKED_AT = 100_000
"""The most records that one query searches for the first of some time or later. A clock may have
been set back, so every record before it has to be looked at, and a query ends at the time limit."""
TRIM_PERIOD = 60.0
"""Seconds between two trims of a topic by one process, unless much is left to trim."""

LAG = """
    SELECT sum(next_offset - max(first_offset, coalesce(
        (SELECT next_offset FROM places AS place
         WHERE place.topic = partitions.topic AND place.partition = partitions.partition
         AND group_name = ?), 0)))
    FROM partitions WHERE topic = ?
"""


class SqliteEventLog(SqliteStore, EventLog):
    """Topics whose records, offsets and groups live in one SQLite file."""

    schema = files(__package__).joinpath("event_log.sql").read_text("utf-8")

    def __init__(self, database: Database, clock: Clock, topics: Sequence[Topic]) -> None:
        super().__init__(database)
        self._clock = clock
        self._topics = {topic.name: topic for topic in topics}
        self._ids: dict[str, StoredTopic] = {}
        self._trim_at = dict.fromkeys(self._topics, clock.monotonic())
        self._subscriptions: WeakSet[SqliteSubscription] = WeakSet()

    async def open(self) -> None:
        if self._open:
            return
        await super().open()
        try:
            self._ids = await self._database.write(self._make_topics)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        for subscription in list(self._subscriptions):
            await subscription.close()
        await super().close()

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        found, settings, now = self._topic(topic), self._topics[topic], self._clock.time()
        if not messages:
            return
        trims = self._clock.monotonic() >= self._trim_at[topic]
        if trims:
            self._trim_at[topic] = self._clock.monotonic() + TRIM_PERIOD

        def work(connection: sqlite3.Connection) -> bool:
            records.append(connection, found, messages, now)
            before, unread = now - settings.retention, not settings.compacted
            return trims and records.trim(connection, found, before, now, unread=unread)

        if await self._database.write(work):
            self._trim_at[topic] = self._clock.monotonic()

    async def subscribe(self, topic: str, group: str) -> Subscription:
        found = self._topic(topic)
        membership = Membership(self._database, self._clock, found.id, group)
        subscription = SqliteSubscription(self._database, self._clock, membership, found)
        await subscription.join()
        self._subscriptions.add(subscription)
        return subscription

    async def read(self, topic: str, since: float | None = None) -> AsyncIterator[list[Record]]:
        found = self._topic(topic)
        extents = await self._database.read(partial(records.extents, topic=found))
        for partition, offsets in extents.items():
            start = offsets.start
            if since is not None:
                start = await self._first_since(found, partition, offsets, since)
            while page := await self._page(found, partition, range(start, offsets.stop)):
                yield page
                start = page[-1].offset + 1

    async def lag(self, topic: str, group: str) -> int:
        [[lag]] = await self._rows(LAG, group, self._topic(topic).id)
        return int(lag)

    def _make_topics(self, connection: sqlite3.Connection) -> dict[str, StoredTopic]:
        return {name: records.make_topic(connection, topic) for name, topic in self._topics.items()}

    async def _first_since(
        self, topic: StoredTopic, partition: int, offsets: range, since: float
    ) -> int:
        for start in range(offsets.start, offsets.stop, LOOKED_AT):
            part = range(start, min(start + LOOKED_AT, offsets.stop))
            work = partial(
                records.first_since, topic=topic, partition=partition, offsets=part, since=since
            )
            if (found := await self._database.read(work)) < part.stop:
                return found
        return offsets.stop

    async def _page(self, topic: StoredTopic, partition: int, offsets: range) -> list[Record]:
        return await self._database.read(
            lambda connection: records.page(connection, topic, partition, offsets, PAGE)
        )

    def _topic(self, name: str) -> StoredTopic:
        if not self._open:
            raise StoreUnavailable(f"{self._database.path}: not open")
        if name not in self._ids:
            known = ", ".join(sorted(self._ids))
            raise StoreRefused(f"{self._database.path}: there is no topic {name!r}; known: {known}")
        return self._ids[name]
