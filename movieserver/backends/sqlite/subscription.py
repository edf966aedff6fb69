"""Reading a topic as a member of a group."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence

from movieserver.backends.event_log import Record, Subscription
from movieserver.backends.sqlite import records
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.membership import HEARTBEAT, Membership
from movieserver.clock import Clock
from movieserver.errors import StoreError

log = logging.getLogger(__name__)


class SqliteSubscription(Subscription):
    """Polls the partitions that its membership gives it; a task keeps the membership alive."""

    def __init__(
        self, database: Database, clock: Clock, membership: Membership, topic: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._membership = membership
        self._topic = topic
        self._positions: dict[int, int] = {}
        self._heart: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Become a member."""
        self._take(await self._membership.heartbeat())
        self._heart = asyncio.create_task(self._beat())

    async def poll(self, limit: int, timeout: float) -> list[Record]:
        deadline = self._clock.monotonic() + timeout
        while True:
            generation = self._database.generation
            found = await self._database.read(lambda connection: self._read(connection, limit))
            self._advance(found)
            remaining = deadline - self._clock.monotonic()
            if found or remaining <= 0:
                return found
            await self._database.wait_changed(generation, remaining)

    async def commit(self, records: Sequence[Record]) -> None:
        offsets: dict[int, int] = {}
        for record in records:
            offsets[record.partition] = max(offsets.get(record.partition, 0), record.offset + 1)
        await self._membership.commit(offsets)

    async def close(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
            self._heart = None
            await self._membership.leave()

    def _read(self, connection: sqlite3.Connection, limit: int) -> list[Record]:
        found: list[Record] = []
        for partition, offset in list(self._positions.items()):
            if len(found) == limit:
                break
            place = records.Place(self._topic, self._membership.topic_id, partition, offset)
            found += records.page(connection, place, limit - len(found))
        return found

    def _advance(self, found: Sequence[Record]) -> None:
        """Go on after ``found``; the partitions that it came from are read last the next time."""
        for record in found:
            if self._positions.pop(record.partition, None) is not None:
                self._positions[record.partition] = record.offset + 1

    def _take(self, offsets: dict[int, int]) -> None:
        """Keep the places in partitions that were its own before; take the group's in new ones."""
        kept = {p: offset for p, offset in self._positions.items() if p in offsets}
        self._positions = kept | {p: o for p, o in offsets.items() if p not in kept}

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(HEARTBEAT)
            try:
                self._take(await self._membership.heartbeat())
            except StoreError as error:
                log.warning("no heartbeat for the group on %s: %s", self._topic, error)
