"""The interface of the event log: publish, consume in a group, commit."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from msgspec import Struct

from movieserver.backends.store import Store

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A named log of messages and how it is laid out where the log has to make it."""

    name: str
    partitions: int = 8
    retention: float = 7 * 86_400.0
    """Seconds that a record is kept at least."""
    compacted: bool = True
    """Whether the last record of each key is kept for ever, or, on an embedded log, what a group
    has yet to read; otherwise everything goes after its retention.
    """
    replication: int = 1
    """Copies on an engine of several nodes."""
    create: bool = True
    """Whether the log makes the topic where it is absent, or refuses to open."""


def no_such_topic(topic: Topic) -> str:
    """What to tell of a topic that is not there and not to be made."""
    return f"there is no topic {topic.name}: set events.topic to its name, or start a server first"


class Message(Struct, frozen=True):
    """What is published."""

    key: bytes
    value: bytes
    partition_key: bytes
    """Messages of one partition key go to one partition, in the order of publishing."""
    headers: Headers = ()


class Record(Struct, frozen=True):
    """What is read: a message with its place in the log."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: float
    """Seconds since 1970 at which the log took the record; 0 where that is not known."""
    fault: str = ""
    """Why the log itself cannot read the record, of which then nothing but its place is known."""
    incarnation: str = ""
    """Tells topics of one name apart that were there one after the other; empty where unknown."""


class Subscription(ABC):
    """One member of a consumer group. Members, in whatever process, share the partitions.

    Delivery is at least once: after a crash, or when partitions move between members, records
    that were not committed come again. Within a partition records come in offset order.

    Where the topic is deleted meanwhile and is there again, those of the new one come from its
    first on, and what is committed of the old one counts for nothing.
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

        Durable on return. Never moves a group backwards; a partition that this member no
        longer has is left alone.
        """

    @abstractmethod
    async def close(self) -> None:
        """Leave the group, so that its other members take over at once. Idempotent."""


class EventLog(Store):
    """Topics of partitioned, ordered, durable records.

    ``open`` makes the topics that the log was given, where they are absent; ``StoreRefused`` if a
    topic is there with other partitions, or is absent and not to be made.
    """

    @abstractmethod
    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Append ``messages``; returns once all are durable.

        Raises ``StoreUnavailable``; any part of the messages may then be in the log, and
        publishing them again is right. Memory stays bounded while the log is down.
        """

    @abstractmethod
    async def subscribe(self, topic: str, group: str) -> Subscription:
        """Join ``group`` on ``topic``."""

    @abstractmethod
    def read(self, topic: str, since: float | None = None) -> AsyncIterator[list[Record]]:
        """The records from the oldest, or from the first at or after ``since``, to the present end.

        ``since`` is in seconds since 1970. Touches no group; partition by partition, in lists of
        bounded length.
        """

    @abstractmethod
    async def lag(self, topic: str, group: str) -> int:
        """How many records of ``topic`` the group has yet to commit."""
