"""Reading a topic as a member of a group."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence

from movieserver.backends.event_log import Record, Subscription
from movieserver.backends.sqlite import records
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.membership import HEARTBEAT, Membership, Place
from movieserver.backends.sqlite.records import StoredTopic
from movieserver.clock import Clock
from movieserver.errors import StoreError

log = logging.getLogger(__name__)


class SqliteSubscription(Subscription):
    """Polls the partitions that its membership gives it; a task keeps the membership alive."""

    def __init__(
        self, database: Database, clock: Clock, membership: Membership, topic: StoredTopic
    ) -> None:
        self._database = database
        self._clock = clock
        self._membership = membership
        self._topic = topic
        self._positions: dict[int, Place] = {}
        """Where this member continues; the partitions in the order in which to read them next."""
        self._heart: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Become a member."""
        await self._membership.join()
        self._heart = asyncio.create_task(self._beat())

    async def poll(self, limit: int, timeout: float) -> list[Record]:
        deadline = self._clock.monotonic() + timeout
        while True:
            generation = self._database.generation
            self._positions, found = await self._database.read(
                lambda connection: self._read(connection, limit)
            )
            remaining = deadline - self._clock.monotonic()
            if found or remaining <= 0:
                return found
            await self._database.wait_changed(generation, remaining)

    async def commit(self, records: Sequence[Record]) -> None:
        if records:
            await self._membership.commit(records)

    async def close(self) -> None:
        heart, self._heart = self._heart, None
        if heart is None:
            return
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)
        try:
            await self._membership.leave()
        except StoreError as error:
            log.warning(
                "the group on %s has to wait for a lease to expire: %s", self._topic.name, error
            )

    def _read(
        self, connection: sqlite3.Connection, limit: int
    ) -> tuple[dict[int, Place], list[Record]]:
        """The next records, and the positions after them."""
        positions = self._current(self._membership.places(connection))
        found: list[Record] = []
        for partition, place in list(positions.items()):
            if len(found) == limit:
                break
            wanted = range(place.offset, records.END)
            page = records.page(connection, self._topic, partition, wanted, limit - len(found))
            if page:
                # Moved to the end, so that every partition has its turn.
                del positions[partition]
                positions[partition] = Place(place.epoch, page[-1].offset + 1)
                found += page
        return positions, found

    def _current(self, places: dict[int, Place]) -> dict[int, Place]:
        """The positions in ``places``; the group's for a partition that has changed hands since."""
        kept = {
            partition: position
            for partition, position in self._positions.items()
            if partition in places and places[partition].epoch == position.epoch
        }
        return kept | {p: place for p, place in places.items() if p not in kept}

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(HEARTBEAT)
            try:
                await self._membership.stay()
            except StoreError as error:
                log.warning(
                    "could not renew the lease of the group on %s: %s", self._topic.name, error
                )
