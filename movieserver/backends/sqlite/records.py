"""Records in tables: appending, reading and trimming, each within the caller's transaction."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from math import inf
from typing import NamedTuple

from movieserver.backends.event_log import Headers, Message, Record, Topic, no_such_topic
from movieserver.backends.sqlite.rows import execute_rows
from movieserver.errors import StoreRefused
from movieserver.partitions import partition_of

END = 2**63 - 1
"""Above every offset."""
TRIMMED = 2000
"""The most records of a partition that one trim deletes, so that no publish waits for long."""

MAKE = "INSERT INTO topics (name, partitions) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
FIND = "SELECT id, partitions FROM topics WHERE name = ?"
MAKE_PARTITION = "INSERT INTO partitions (topic, partition) VALUES (?, ?) ON CONFLICT DO NOTHING"
EXTENTS = """
    SELECT partition, first_offset, next_offset FROM partitions WHERE topic = ? ORDER BY partition
"""
RESERVE = """
    UPDATE partitions SET next_offset = next_offset + share.value FROM json_each(?) AS share
    WHERE topic = ? AND partition = CAST(share.key AS INTEGER)
    RETURNING partition, next_offset
"""
INSERT = """
    INSERT OR FAIL INTO records (topic, timestamp, partition, offset, headers, key, value)
    VALUES {rows}
"""
PAGE = """
    SELECT partition, offset, key, value, headers, timestamp FROM records
    WHERE topic = ? AND partition = ? AND offset >= ? AND offset < ?
    ORDER BY offset LIMIT ?
"""
DAY = 86_400.0
"""Seconds."""
SINCE = """
    SELECT offset FROM records
    WHERE topic = ? AND partition = ? AND offset >= ? AND offset < ? AND timestamp BETWEEN ? AND ?
    ORDER BY offset LIMIT 1
"""
# The offset up to which every group is done; NULL while no group has ever read the topic.
DONE = """
    SELECT partition, first_offset, next_offset,
        (SELECT min(next_offset) FROM places
         WHERE places.topic = partitions.topic AND places.partition = partitions.partition)
    FROM partitions WHERE topic = ?
"""
DELETE = "DELETE FROM records WHERE topic = ? AND partition = ? AND offset < ?"
FIRST = "UPDATE partitions SET first_offset = ? WHERE topic = ? AND partition = ?"


class StoredTopic(NamedTuple):
    """A topic as the tables have it."""

    name: str
    id: int
    partitions: int


def make_topic(connection: sqlite3.Connection, topic: Topic) -> StoredTopic:
    """``topic``, created if it is absent and may be; ``StoreRefused`` if it cannot be used."""
    if topic.create:
        connection.execute(MAKE, (topic.name, topic.partitions))
    found = connection.execute(FIND, (topic.name,)).fetchone()
    if found is None:
        raise StoreRefused(no_such_topic(topic))
    topic_id, partitions = found
    if partitions != topic.partitions:
        raise StoreRefused(
            f"the topic {topic.name} has {partitions} partitions, but the profile says "
            f"{topic.partitions}: set events.partitions to {partitions}"
        )
    rows = [(topic_id, partition) for partition in range(partitions)]
    connection.executemany(MAKE_PARTITION, rows)
    return StoredTopic(topic.name, topic_id, partitions)


def extents(connection: sqlite3.Connection, topic: StoredTopic) -> dict[int, range]:
    """The range of offsets in every partition."""
    found = connection.execute(EXTENTS, (topic.id,))
    return {partition: range(first, following) for partition, first, following in found}


def append(
    connection: sqlite3.Connection, topic: StoredTopic, messages: Sequence[Message], now: float
) -> None:
    """Append ``messages``, giving each the next offset of its partition."""
    partitions = [partition_of(each.partition_key, topic.partitions) for each in messages]
    rows = [
        (topic.id, now, partition, offset, _pack(each.headers), each.key, each.value)
        for each, partition, offset in zip(
            messages, partitions, _reserved(connection, topic, partitions), strict=True
        )
    ]
    execute_rows(connection, INSERT, rows)


def _reserved(
    connection: sqlite3.Connection, topic: StoredTopic, partitions: Sequence[int]
) -> Iterator[int]:
    """Reserve and return the next offset for each of ``partitions``, which may repeat."""
    shares = Counter(partitions)
    ends = connection.execute(RESERVE, (json.dumps(shares), topic.id)).fetchall()
    following = {partition: count(end - shares[partition]) for partition, end in ends}
    return (next(following[partition]) for partition in partitions)


def page(
    connection: sqlite3.Connection, topic: StoredTopic, partition: int, offsets: range, limit: int
) -> list[Record]:
    """At most ``limit`` records of a partition with offsets in ``offsets``, in order."""
    values = (topic.id, partition, offsets.start, offsets.stop, limit)
    return [
        Record(topic.name, partition, offset, key, value, _unpack(headers), timestamp)
        for partition, offset, key, value, headers, timestamp in connection.execute(PAGE, values)
    ]


def first_since(
    connection: sqlite3.Connection,
    topic: StoredTopic,
    partition: int,
    offsets: range,
    since: float,
    until: float = inf,
) -> int:
    """The first of ``offsets`` with a record from ``since`` to ``until``; their end if none is.

    Looks at every record before it.
    """
    values = (topic.id, partition, offsets.start, offsets.stop, since, until)
    row = connection.execute(SINCE, values).fetchone()
    return offsets.stop if row is None else int(row[0])


def trim(
    connection: sqlite3.Connection,
    topic: StoredTopic,
    before: float,
    now: float,
    *,
    unread: bool,
) -> bool:
    """Delete records from before the time ``before`` that every group is done with, oldest first.

    Deletes nothing while no group has ever read the topic. With ``unread``, groups do not matter:
    records go whether they were read or not. A record from more than a day after ``now`` holds up
    none, because its clock was wrong. Returns whether there may be more.
    """
    more = False
    for partition, first, following, done in connection.execute(DONE, (topic.id,)).fetchall():
        end = min(following if unread else done or 0, first + TRIMMED)
        if end > first:
            kept = first_since(connection, topic, partition, range(first, end), before, now + DAY)
            connection.execute(DELETE, (topic.id, partition, kept))
            connection.execute(FIRST, (kept, topic.id, partition))
            more = more or kept == first + TRIMMED
    return more


def _pack(headers: Headers) -> str | None:
    if not headers:
        return None
    # Latin-1 maps every byte to a character of its own.
    return json.dumps([(name, value.decode("latin-1")) for name, value in headers])


def _unpack(headers: str | None) -> Headers:
    if headers is None:
        return ()
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(headers))
