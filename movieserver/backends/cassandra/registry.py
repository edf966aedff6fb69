"""Which buckets may hold rates that are not announced: one row for each process that puts rates.

Nothing is ever deleted for a rate that was announced, so no tombstones pile up, neither among the
rates nor here: a process moves the two ends of its row along.

A row is written with a timestamp that is not before any version that its process has put, so the
rows also tell what new versions have to be above; a row of no process keeps that when all have
ended.
"""

from typing import NamedTuple

from movieserver.backends.cassandra.session import CassandraSession
from movieserver.clock import Clock, VersionClock

NUMBERS = 27
"""Bits of a bucket's number; those above are its process's."""
NOBODY = -1
"""The process of the row that only tells a version: no process draws this number."""

LOOK = """
    SELECT process, first, last, writetime(first), writetime(last) FROM {ks}.relay
    WHERE name = 'rates'
"""
# Each has a timestamp of its own, so that one that is made again does not undo the one after it,
# and later than all that was seen, so that nobody's clock that is ahead holds anything up.
NAME = """
    UPDATE {ks}.relay USING TIMESTAMP ? SET first = ?, last = ?
    WHERE name = 'rates' AND process = ?
"""
MOVE = "UPDATE {ks}.relay USING TIMESTAMP ? SET first = ? WHERE name = 'rates' AND process = ?"
LEAVE = "DELETE FROM {ks}.relay USING TIMESTAMP ? WHERE name = 'rates' AND process = ?"
REGISTRY_STATEMENTS = (LOOK, NAME, MOVE, LEAVE)


class Span(NamedTuple):
    """Buckets of one process, from the first up to and with the last; none where that is less."""

    first: int
    last: int


NOTHING = Span(1, 0)


class Registry:
    """The rows of all processes."""

    def __init__(self, session: CassandraSession, clock: Clock) -> None:
        self._session = session
        self._versions = VersionClock(clock)
        self.latest = 0
        """The latest version that a process was at when it last wrote its row, as far as seen."""

    def follow(self, version: int) -> None:
        """Write no row from now on that tells of less than ``version``, which is put."""
        self._versions.follow(version)

    async def look(self) -> dict[int, Span]:
        """The spans of all processes."""
        spans: dict[int, Span] = {}
        for process, first, last, *written in await self._session.rows(LOOK):
            self.latest = max(self.latest, *(when or 0 for when in written))
            # What may be left of the row of a process that has gone is the one or the other.
            if process != NOBODY and first is not None and last is not None:
                spans[process] = Span(first, last)
        self._versions.follow(self.latest)
        return spans

    async def name(self, span: Span) -> None:
        """Let everybody know the span of this process, before anything is put into its last."""
        await self._session.rows(NAME, (self._versions.next(), *span, process_of(span.last)))

    async def move(self, first: int, process: int) -> None:
        """Let everybody know that nothing is pending in a process's buckets before ``first``."""
        await self._session.rows(MOVE, (self._versions.next(), first, process))

    async def remember(self) -> None:
        """Let whoever comes when all have gone know which versions were put."""
        await self._session.rows(NAME, (self._versions.next(), *NOTHING, NOBODY))

    async def leave(self, process: int) -> None:
        """Forget a process that ends and leaves nothing pending."""
        await self._session.rows(LEAVE, (self._versions.next(), process))


def process_of(bucket: int) -> int:
    """The process of a bucket."""
    return bucket >> NUMBERS
