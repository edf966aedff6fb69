"""Records in tables: appending, reading and trimming, each within the caller's transaction."""

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from movieserver.backends.event_log import Headers, Message, Record, Topic
from movieserver.errors import StoreRefused
from movieserver.partitions import partition_of

TRIM_PERIOD = 60.0
"""Seconds between two trims of a topic."""
TRIMMED = 20_000
"""Records of a partition that one trim deletes at most, so that no publish waits for long."""

INSERT = """
    INSERT INTO records (topic, partition, offset, timestamp, key, value, headers)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
PAGE = """
    SELECT partition, offset, key, value, headers, timestamp FROM records
    WHERE topic = ? AND partition = ? AND offset >= ? AND offset < ? AND timestamp >= ?
    ORDER BY offset LIMIT ?
"""
DUE = """
    SELECT retention FROM topics WHERE id = ? AND trimmed_at < ?
    AND EXISTS (SELECT 1 FROM places WHERE places.topic = topics.id)
"""
# Up to where every group that ever read the topic is done with a partition.
DONE = """
    SELECT partition, first_offset,
        min((SELECT min(next_offset) FROM places WHERE places.topic = partitions.topic
             AND places.partition = partitions.partition), first_offset + ?)
    FROM partitions WHERE topic = ?
"""
DELETE = """
    DELETE FROM records WHERE topic = ? AND partition = ? AND offset < ? AND timestamp < ?
"""
FIRST = """
    UPDATE partitions SET first_offset = coalesce(
        (SELECT min(offset) FROM records WHERE records.topic = partitions.topic
         AND records.partition = partitions.partition), next_offset)
    WHERE topic = ? AND partition = ?
"""


class Place(NamedTuple):
    """Where to read on."""

    topic: str
    topic_id: int
    partition: int
    offset: int


def make_topic(connection: sqlite3.Connection, topic: Topic) -> int:
    """The id of ``topic``, made if absent; its retention becomes the given one."""
    connection.execute(
        "INSERT INTO topics (name, partitions, retention) VALUES (?, ?, ?) ON CONFLICT (name) "
        "DO UPDATE SET retention = excluded.retention",
        (topic.name, topic.partitions, topic.retention),
    )
    query = "SELECT id, partitions FROM topics WHERE name = ?"
    topic_id, partitions = connection.execute(query, (topic.name,)).fetchone()
    if partitions != topic.partitions:
        raise StoreRefused(
            f"the topic {topic.name} has {partitions} partitions and the profile says "
            f"{topic.partitions}: set events.partitions to {partitions}"
        )
    connection.executemany(
        "INSERT OR IGNORE INTO partitions (topic, partition) VALUES (?, ?)",
        [(topic_id, number) for number in range(partitions)],
    )
    return int(topic_id)


def ends(connection: sqlite3.Connection, topic_id: int) -> dict[int, int]:
    """The next offset of every partition."""
    query = "SELECT partition, next_offset FROM partitions WHERE topic = ?"
    return dict(connection.execute(query, (topic_id,)).fetchall())


def append(
    connection: sqlite3.Connection, topic_id: int, messages: Sequence[Message], now: float
) -> None:
    """Append ``messages``, giving each the next offset of its partition."""
    offsets = ends(connection, topic_id)
    rows = []
    for message in messages:
        partition = partition_of(message.partition_key, len(offsets))
        row = (message.key, message.value, _pack(message.headers))
        rows.append((topic_id, partition, offsets[partition], now, *row))
        offsets[partition] += 1
    connection.executemany(INSERT, rows)
    connection.executemany(
        "UPDATE partitions SET next_offset = ? WHERE topic = ? AND partition = ?",
        [(offset, topic_id, partition) for partition, offset in offsets.items()],
    )


def page(
    connection: sqlite3.Connection,
    place: Place,
    limit: int,
    end: int = 2**63 - 1,
    since: float = 0.0,
) -> list[Record]:
    """At most ``limit`` records from ``place`` on, below the offset ``end``."""
    values = (place.topic_id, place.partition, place.offset, end, since, limit)
    return [
        Record(place.topic, partition, offset, key, value, _unpack(headers), timestamp)
        for partition, offset, key, value, headers, timestamp in connection.execute(PAGE, values)
    ]


def trim(connection: sqlite3.Connection, topic_id: int, now: float) -> None:
    """Delete what is past its retention and read by every group, now and then.

    Nothing is deleted while no group has ever read the topic.
    """
    due = connection.execute(DUE, (topic_id, now - TRIM_PERIOD)).fetchone()
    if due is None:
        return
    connection.execute("UPDATE topics SET trimmed_at = ? WHERE id = ?", (now, topic_id))
    for partition, _, done in connection.execute(DONE, (TRIMMED, topic_id)).fetchall():
        connection.execute(DELETE, (topic_id, partition, done, now - due[0]))
        connection.execute(FIRST, (topic_id, partition))


def _pack(headers: Headers) -> str | None:
    if not headers:
        return None
    # Latin-1 gives every byte a character of its own.
    return json.dumps([(name, value.decode("latin-1")) for name, value in headers])


def _unpack(headers: str | None) -> Headers:
    if headers is None:
        return ()
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(headers))
