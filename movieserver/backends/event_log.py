"""The interface of the event log: publish, consume in a group, commit."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from msgspec import Struct

from movieserver.backends.store import Store

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A named log of messages, and the layout that the log creates it with."""

    name: str
    partitions: int = 24
    retention: float = 7 * 86_400.0
    """The minimum time that a record is kept, in seconds."""
    compacted: bool = True
    """Whether the last record of each key is kept for ever; otherwise every record goes after its
    retention. An embedded log keeps, instead of the last records, what a group has yet to read.
    """
    replication: int = 1
    """Copies on an engine of several nodes."""
    create: bool = True
    """Whether ``open`` creates the topic if it is absent, or refuses."""


def no_such_topic(topic: Topic) -> str:
    """The error message for a topic that is absent and must not be created."""
    return f"there is no topic {topic.name}: set events.topic to its name, or start a server first"


class Message(Struct, frozen=True):
    """A message to publish."""

    key: bytes
    value: bytes
    partition_key: bytes
    """Messages with the same partition key go to one partition, in the order of publishing."""
    headers: Headers = ()


class Record(Struct, frozen=True):
    """A message that was read, with its place in the log."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: float
    """When the log took the record, in seconds since 1970; 0 if that is not known."""
    fault: str = ""
    """Why the log itself cannot read the record; then nothing but its place is known."""
    incarnation: str = ""
    """Tells successive topics of the same name apart; empty if it is not known."""


HEADER = 10
"""The most bytes that a header takes in a log besides its name and value."""


def size_of(item: Message | Record) -> int:
    """The bytes of its key, value and headers."""
    size = len(item.key or b"") + len(item.value or b"")
    for name, value in item.headers:
        size += len(name.encode()) + len(value) + HEADER
    return size


class Subscription(ABC):
    """One member of a consumer group. Its members, in whatever process, share the partitions.

    Delivery is at least once: after a crash, or when partitions move between members, records
    that were not committed come again. Within a partition records come in offset order.

    If the topic is deleted and created again meanwhile, records of the new one come from its first
    on, and offsets committed in the old one do not count.
    """

    @abstractmethod
    async def poll(self, limit: int, timeout: float) -> list[Record]:
        """At most ``limit`` records after those polled before.

        Waits up to ``timeout`` seconds for a first one.

        A group's first poll starts at the oldest record. The member stays in its group however
        long the caller takes between two polls, as long as its event loop runs.
        """

    @abstractmethod
    async def commit(self, records: Sequence[Record]) -> None:
        """Note that the group is done with ``records`` and everything before them.

        Durable on return. Never moves a group backwards, and ignores partitions that this member
        no longer has.
        """

    @abstractmethod
    async def close(self) -> None:
        """Leave the group, so that its other members take over at once. Idempotent."""


class EventLog(Store):
    """Topics of partitioned, ordered, durable records.

    ``open`` creates those of the log's topics that are absent. It raises ``StoreRefused`` if a
    topic has another number of partitions, or is absent and must not be created.
    """

    @abstractmethod
    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Append ``messages``; returns once all are durable.

        After ``StoreUnavailable`` any part of the messages may be in the log, and it is right to
        publish them again. Memory stays bounded while the log is down.
        """

    @abstractmethod
    async def subscribe(self, topic: str, group: str) -> Subscription:
        """Join ``group`` on ``topic``, until the subscription or the log is closed."""

    @abstractmethod
    def read(self, topic: str, since: float | None = None) -> AsyncIterator[list[Record]]:
        """The records from the oldest, or the first at or after ``since``, to the present end.

        ``since`` is in seconds since 1970. Touches no group. Goes partition by partition, in lists
        of bounded length.
        """

    @abstractmethod
    async def lag(self, topic: str, group: str) -> int:
        """How many records of ``topic`` the group has yet to commit."""
