"""Writes to the same replicas, sent together.

A request costs Python's driver more than it costs Cassandra. So writes that are made in one turn of
the event loop, to rows with the same replicas, are sent as one unlogged batch; its coordinator has
no more to pass on than for a single write. (Cassandra warns of batches that span the whole ring.)
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from cassandra.query import BoundStatement

from movieserver.backends.cassandra.session import CassandraSession
from movieserver.futures import settle

LARGEST = 10
"""The most writes in a batch; above this many partitions Cassandra logs a warning."""

Waiting = tuple[BoundStatement, "asyncio.Future[None]"]


class Batches:
    """Sends the writes of one prepared statement."""

    def __init__(self, session: CassandraSession, statement: str) -> None:
        """Take the statement, which must be idempotent."""
        self._session = session
        self._statement = statement
        self._waiting: list[Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, values: Sequence[object]) -> "asyncio.Future[None]":
        """Queue a write; the future is done once it is acknowledged, or has a ``StoreError``."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        bound = self._session.bind(self._statement, values)
        if not self._waiting:
            loop.call_soon(self._send_all)
        self._waiting.append((bound, written))
        return written

    def _send_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        groups: dict[object, list[Waiting]] = defaultdict(list)
        for each in waiting:
            groups[self._session.replicas(each[0])].append(each)
        for group in groups.values():
            for first in range(0, len(group), LARGEST):
                task = asyncio.create_task(self._send(group[first : first + LARGEST]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _send(self, writes: Sequence[Waiting]) -> None:
        failure: Exception | None = None
        try:
            await self._session.write([bound for bound, _ in writes])
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the writes
            failure = error
        for _, written in writes:
            settle(written, None, failure)
