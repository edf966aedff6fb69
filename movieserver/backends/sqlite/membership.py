"""Consumer groups in tables: members share a topic's partitions across processes."""

import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from movieserver.backends.event_log import Record
from movieserver.backends.sqlite.database import Database
from movieserver.clock import Clock

LEASE = 3.0
"""Seconds after its last sign of life at which a member counts as dead."""
HEARTBEAT = 1.0
"""Seconds between two signs of life."""

PLACES = """
    INSERT INTO places (group_name, topic, partition)
    SELECT ?, topic, partition FROM partitions WHERE topic = ?
    ON CONFLICT DO NOTHING
"""
JOIN = "INSERT INTO members (group_name, topic, member, expires_at) VALUES (?, ?, ?, ?)"
STAY = "UPDATE members SET expires_at = ? WHERE group_name = ? AND topic = ? AND member = ?"
LEAVE = "DELETE FROM members WHERE group_name = ? AND topic = ? AND member = ?"
# An expiry too far ahead was written before the clock was set back.
BURY = """
    DELETE FROM members
    WHERE group_name = ? AND topic = ? AND expires_at NOT BETWEEN ? AND ?
"""
MEMBERS = "SELECT member FROM members WHERE group_name = ? AND topic = ? ORDER BY member"
HELD = "SELECT partition, member FROM places WHERE group_name = ? AND topic = ?"
HAND_OVER = """
    UPDATE places SET member = ?, epoch = epoch + 1
    WHERE group_name = ? AND topic = ? AND partition = ?
"""
MINE = """
    SELECT partition, epoch, next_offset FROM places
    WHERE group_name = ? AND topic = ? AND member = ?
"""
COMMIT = """
    UPDATE places SET next_offset = ?
    WHERE group_name = ? AND topic = ? AND partition = ? AND member = ? AND next_offset < ?
"""


class Place(NamedTuple):
    """The offset to continue at in a partition, valid for as long as the epoch lasts."""

    epoch: int
    offset: int


class Membership:
    """One member of a group on one topic.

    A member that joins, leaves or removes a dead one redistributes the partitions in the same
    transaction; the others see it with their next read. No two members have a partition at once.
    """

    def __init__(self, database: Database, clock: Clock, topic_id: int, group: str) -> None:
        self._database = database
        self._clock = clock
        self._member = uuid.uuid4().hex
        self._names = (group, topic_id)

    async def join(self) -> None:
        """Become a member."""
        await self._database.write(self._join)

    async def stay(self) -> None:
        """Give a sign of life; join again if others took this member for dead."""
        await self._database.write(self._stay)

    async def leave(self) -> None:
        """Leave the group, giving up all partitions at once."""
        await self._database.write(self._leave)

    async def commit(self, records: Iterable[Record]) -> None:
        """Move the group past ``records``, in the partitions that are still this member's."""
        offsets: dict[int, int] = {}
        for record in records:
            offsets[record.partition] = max(offsets.get(record.partition, 0), record.offset + 1)
        rows = [
            (offset, *self._names, partition, self._member, offset)
            for partition, offset in offsets.items()
        ]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(COMMIT, rows)

        await self._database.write(work)

    def places(self, connection: sqlite3.Connection) -> dict[int, Place]:
        """The member's partitions, each with the group's place in it."""
        rows = connection.execute(MINE, (*self._names, self._member))
        return {partition: Place(epoch, offset) for partition, epoch, offset in rows}

    def _join(self, connection: sqlite3.Connection) -> None:
        connection.execute(PLACES, self._names)
        self._bury(connection)
        connection.execute(JOIN, (*self._names, self._member, self._clock.time() + LEASE))
        self._deal(connection)

    def _stay(self, connection: sqlite3.Connection) -> None:
        expires_at = self._clock.time() + LEASE
        if not connection.execute(STAY, (expires_at, *self._names, self._member)).rowcount:
            self._join(connection)
            return
        # Places may have been forgotten by hand.
        missing = connection.execute(PLACES, self._names).rowcount > 0
        if self._bury(connection) or missing:
            self._deal(connection)

    def _leave(self, connection: sqlite3.Connection) -> None:
        connection.execute(LEAVE, (*self._names, self._member))
        self._deal(connection)

    def _bury(self, connection: sqlite3.Connection) -> int:
        now = self._clock.time()
        return connection.execute(BURY, (*self._names, now, now + 2 * LEASE)).rowcount

    def _deal(self, connection: sqlite3.Connection) -> None:
        members = [row[0] for row in connection.execute(MEMBERS, self._names)]
        held = dict(connection.execute(HELD, self._names).fetchall())
        for partition, member in dealt(held, members).items():
            if member != held[partition]:
                connection.execute(HAND_OVER, (member, *self._names, partition))


def dealt(held: Mapping[int, str | None], members: Sequence[str]) -> dict[int, str | None]:
    """Each partition's member: equal shares, give or take one, with as few changes as possible.

    ``held`` says who has each partition now; without members nobody gets any.
    """
    if not members:
        return dict.fromkeys(held)
    hands: dict[str | None, list[int]] = {member: [] for member in members}
    free: list[int] = []
    for partition, member in held.items():
        hands.get(member, free).append(partition)
    size, more = divmod(len(held), len(members))
    # The members that hold the most get the larger shares.
    ranked = sorted(members, key=lambda member: -len(hands[member]))
    shares = {member: size + (rank < more) for rank, member in enumerate(ranked)}
    for member, share in shares.items():
        free += hands[member][share:]
        del hands[member][share:]
    for member, share in shares.items():
        while len(hands[member]) < share:
            hands[member].append(free.pop())
    return {partition: member for member, hand in hands.items() for partition in hand}
