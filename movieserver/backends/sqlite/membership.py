"""Consumer groups in tables: members that share a topic's partitions across processes."""

import sqlite3
import uuid

from movieserver.backends.sqlite.database import Database
from movieserver.clock import Clock

LEASE = 5.0
"""Seconds after its last heartbeat that a member is taken for dead."""
HEARTBEAT = 1.0
"""Seconds between two heartbeats."""

ALIVE = """
    INSERT INTO members (group_name, topic, member, expires_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at
"""
BURY = "DELETE FROM members WHERE group_name = ? AND topic = ? AND expires_at < ?"
MEMBERS = "SELECT member FROM members WHERE group_name = ? AND topic = ? ORDER BY member"
ORPHANS = """
    UPDATE places SET member = NULL WHERE group_name = ?1 AND topic = ?2 AND member NOT IN
        (SELECT member FROM members WHERE group_name = ?1 AND topic = ?2)
"""
PLACES = """
    INSERT INTO places (group_name, topic, partition)
    SELECT ?, topic, partition FROM partitions WHERE topic = ?
    ON CONFLICT DO NOTHING
"""
RELEASE = """
    UPDATE places SET member = NULL
    WHERE group_name = ? AND topic = ? AND member = ? AND partition % ? <> ?
"""
TAKE = """
    UPDATE places SET member = ?
    WHERE group_name = ? AND topic = ? AND member IS NULL AND partition % ? = ?
"""
MINE = """
    SELECT partition, next_offset FROM places WHERE group_name = ? AND topic = ? AND member = ?
"""
COMMIT = """
    UPDATE places SET next_offset = ?1
    WHERE group_name = ?2 AND topic = ?3 AND partition = ?4 AND member = ?5 AND next_offset < ?1
"""


class Membership:
    """One member of a group on one topic.

    Every member takes the partitions that fall to it when the living members, in the order of
    their ids, are dealt the partitions in turn. It takes only what nobody has, and gives up what
    is no longer its own at its next heartbeat, so no two members have a partition at once.
    """

    def __init__(self, database: Database, clock: Clock, topic_id: int, group: str) -> None:
        self.topic_id = topic_id
        self._database = database
        self._clock = clock
        self._group = group
        self._member = uuid.uuid4().hex

    async def heartbeat(self) -> dict[int, int]:
        """Stay a member; returns the partitions that are now its own, with the group's offsets."""
        return await self._database.write(self._heartbeat)

    async def commit(self, offsets: dict[int, int]) -> None:
        """Move the group forward to ``offsets`` in the partitions that are still its own."""
        rows = [
            (offset, self._group, self.topic_id, partition, self._member)
            for partition, offset in offsets.items()
        ]
        await self._database.write(lambda connection: connection.executemany(COMMIT, rows) and None)

    async def leave(self) -> None:
        """Give up everything at once."""
        await self._database.write(self._leave)

    def _heartbeat(self, connection: sqlite3.Connection) -> dict[int, int]:
        now, names = self._clock.time(), (self._group, self.topic_id)
        connection.execute(PLACES, names)
        connection.execute(ALIVE, (*names, self._member, now + LEASE))
        connection.execute(BURY, (*names, now))
        connection.execute(ORPHANS, names)
        members = [row[0] for row in connection.execute(MEMBERS, names)]
        share = (len(members), members.index(self._member))
        connection.execute(RELEASE, (*names, self._member, *share))
        connection.execute(TAKE, (self._member, *names, *share))
        return dict(connection.execute(MINE, (*names, self._member)).fetchall())

    def _leave(self, connection: sqlite3.Connection) -> None:
        names = (self._group, self.topic_id)
        query = "DELETE FROM members WHERE group_name = ? AND topic = ? AND member = ?"
        connection.execute(query, (*names, self._member))
        connection.execute(ORPHANS, names)
