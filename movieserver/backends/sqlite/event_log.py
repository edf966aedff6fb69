"""The event log on SQLite: topics, partitions, offsets and groups in tables."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from importlib.resources import files

from movieserver.backends.event_log import EventLog, Message, Record, Subscription, Topic
from movieserver.backends.sqlite import records
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.membership import Membership
from movieserver.backends.sqlite.subscription import SqliteSubscription
from movieserver.clock import Clock
from movieserver.errors import StoreRefused

SCHEMA = files(__package__).joinpath("event_log.sql").read_text("utf-8")
PAGE = 2000
"""Records that a read takes at once."""

LAG = """
    SELECT coalesce(sum(next_offset - max(first_offset, coalesce(
        (SELECT next_offset FROM places AS place
         WHERE place.topic = partitions.topic AND place.partition = partitions.partition
         AND group_name = ?), 0))), 0)
    FROM partitions WHERE topic = ?
"""


class SqliteEventLog(EventLog):
    """Topics whose records, offsets and groups live in one SQLite file."""

    def __init__(self, database: Database, clock: Clock, topics: Sequence[Topic]) -> None:
        self._database = database
        self._clock = clock
        self._topics = topics
        self._ids: dict[str, int] = {}
        self._open = False

    async def open(self) -> None:
        await self._database.open(SCHEMA)
        self._open = True
        for topic in self._topics:
            self._ids[topic.name] = await self._database.write(
                lambda connection, topic=topic: records.make_topic(connection, topic)  # type: ignore[misc]
            )

    async def close(self) -> None:
        if self._open:
            self._open = False
            await self._database.close()

    async def ping(self) -> None:
        await self._database.read(lambda connection: connection.execute("SELECT 1").fetchone())

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        topic_id, now = self._id(topic), self._clock.time()

        def work(connection: sqlite3.Connection) -> None:
            records.append(connection, topic_id, messages, now)
            records.trim(connection, topic_id, now)

        await self._database.write(work)

    async def subscribe(self, topic: str, group: str) -> Subscription:
        membership = Membership(self._database, self._clock, self._id(topic), group)
        subscription = SqliteSubscription(self._database, self._clock, membership, topic)
        await subscription.join()
        return subscription

    async def read(self, topic: str, since: float | None = None) -> AsyncIterator[list[Record]]:
        topic_id = self._id(topic)
        ends = await self._database.read(lambda connection: records.ends(connection, topic_id))
        for partition, end in ends.items():
            start = 0
            while page := await self._page(topic, partition, start, end, since):
                yield page
                start = page[-1].offset + 1

    async def lag(self, topic: str, group: str) -> int:
        values = (group, self._id(topic))
        return await self._database.read(
            lambda connection: connection.execute(LAG, values).fetchone()[0]
        )

    async def _page(
        self, topic: str, partition: int, start: int, end: int, since: float | None
    ) -> list[Record]:
        place = records.Place(topic, self._id(topic), partition, start)
        return await self._database.read(
            lambda connection: records.page(connection, place, PAGE, end, since or 0.0)
        )

    def _id(self, topic: str) -> int:
        if topic not in self._ids:
            known = ", ".join(sorted(self._ids)) or "none; the log is not open"
            raise StoreRefused(f"{self._database.path}: no topic {topic!r}; there is {known}")
        return self._ids[topic]
