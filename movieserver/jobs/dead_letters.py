"""What becomes of records that cannot be read: messages to the topic of dead letters."""

from collections.abc import Iterable

from movieserver.backends import Message, Record
from movieserver.backends.event_log import size_of

LARGEST = 2**20
"""The size up to which a record becomes a dead letter as a whole, in bytes."""
BEGINNING = 2**16
"""Bytes that are kept of the key, and of the value, of a larger record."""
REASON = 1000
"""The most characters of a reason; kafka-python's may quote a megabyte."""
PORTION = 2 * 2**20
"""Bytes of dead letters after which no more are added to one publication."""


def portion_of(dead: Iterable[Message]) -> list[Message]:
    """The first of the dead letters, as many as are published together."""
    portion: list[Message] = []
    size = 0
    for letter in dead:
        portion.append(letter)
        size += size_of(letter)
        if size >= PORTION:
            break
    return portion


def dead_letter(record: Record, reason: str) -> Message:
    """``record`` as it was, with the reason and its origin in additional headers.

    If it would be too large for the topic, keep only the beginning of its key and value, drop its
    own headers, and add its size.
    """
    headers = (
        ("reason", reason[:REASON].encode("utf-8", "replace")),
        ("topic", record.topic.encode()),
        ("partition", str(record.partition).encode()),
        ("offset", str(record.offset).encode()),
    )
    key, value, size = record.key or b"", record.value or b"", size_of(record)
    if size <= LARGEST:
        return Message(key, value, key, record.headers + headers)
    cut = ("size", str(size).encode())
    return Message(key[:BEGINNING], value[:BEGINNING], key[:BEGINNING], (*headers, cut))
