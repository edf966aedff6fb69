"""Which buckets may hold unannounced rates: one row for each process that puts rates.

Announcing a rate deletes nothing, so no tombstones pile up, neither among the rates nor here: a
process only moves the two ends of its row.

A row's timestamp is not below any version that its process has put, so the rows also show what new
versions must exceed. A row that belongs to no process keeps this when all processes have ended.
"""

from typing import NamedTuple

from movieserver.backends.cassandra.session import CassandraSession
from movieserver.clock import Clock, VersionClock

NUMBERS = 27
"""Bits of a bucket's number within its process; the bits above are the process's number."""
NOBODY = -1
"""The process number of the row that only shows a version; no process draws this number."""

LOOK = """
    SELECT process, first, last, writetime(first), writetime(last) FROM {ks}.relay
    WHERE name = 'rates'
"""
# Each write has a timestamp of its own, so that repeating it does not undo a later one. The
# timestamp exceeds all that were seen, so that a process whose clock is ahead holds nothing up.
NAME = """
    UPDATE {ks}.relay USING TIMESTAMP ? AND TTL 0 SET first = ?, last = ?
    WHERE name = 'rates' AND process = ?
"""
MOVE = """
    UPDATE {ks}.relay USING TIMESTAMP ? AND TTL 0 SET first = ?
    WHERE name = 'rates' AND process = ?
"""
LEAVE = "DELETE FROM {ks}.relay USING TIMESTAMP ? WHERE name = 'rates' AND process = ?"
REGISTRY_STATEMENTS = (LOOK, NAME, MOVE, LEAVE)


class Span(NamedTuple):
    """Buckets of one process from ``first`` to ``last`` inclusive; none if ``last`` is less."""

    first: int
    last: int


NOTHING = Span(1, 0)


class Registry:
    """The rows of all processes."""

    def __init__(self, session: CassandraSession, clock: Clock) -> None:
        self._session = session
        self._versions = VersionClock(clock)
        self.was_read = False
        """Whether the row of any process has been read."""

    @property
    def latest(self) -> int:
        """A version not below any that this process knows to be put; 0 if it knows none."""
        return self._versions.last

    def follow(self, version: int) -> None:
        """Write later rows with timestamps above ``version``, which is put or about to be."""
        self._versions.follow(version)

    async def look(self) -> dict[int, Span]:
        """Read the spans of all processes."""
        spans: dict[int, Span] = {}
        for process, first, last, *written in await self._session.rows(LOOK):
            self.was_read = True
            self._versions.follow(max(when or 0 for when in written))
            # A process that has left may leave a row with only one of the two columns.
            if process != NOBODY and first is not None and last is not None:
                spans[process] = Span(first, last)
        return spans

    async def name(self, span: Span) -> None:
        """Record the span of this process, before anything is put into its last bucket."""
        await self._session.rows(NAME, (self._versions.next(), *span, process_of(span.last)))

    async def move(self, first: int, process: int) -> None:
        """Record that nothing is pending in the buckets of ``process`` before ``first``."""
        await self._session.rows(MOVE, (self._versions.next(), first, process))

    async def remember(self) -> None:
        """Record the versions that were put, for processes that start when all have ended."""
        await self._session.rows(NAME, (self._versions.next(), *NOTHING, NOBODY))

    async def leave(self, process: int) -> None:
        """Delete the row of a process that ends with nothing pending."""
        await self._session.rows(LEAVE, (self._versions.next(), process))


def process_of(bucket: int) -> int:
    """The number of the process that a bucket belongs to."""
    return bucket >> NUMBERS
