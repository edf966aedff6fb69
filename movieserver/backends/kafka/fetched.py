"""Turns what kafka-python fetches into records, and fetches without a group."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CorruptRecordError, KafkaError, KafkaTimeoutError, UnsupportedCodecError

from movieserver.backends.event_log import Record, size_of
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.clients import create_client

PAGE = 5000
"""The most records that a read takes at once."""
ISOLATION = "read_committed"
"""Leaves out messages of a transaction that a producer in another language aborted."""
FETCHED = 8 * 2**20
"""The most bytes of a broker's answer, unless a single message is larger.

A consumer takes all of them from one partition if it can: what is then read together concerns few
films, so that a movie store changes few pages.
"""
FEW = 50
"""The most records that are taken from the driver at once: 50 MB if they are the largest."""
LARGE = 16 * 2**20
"""Bytes of fetched records after which no more are taken."""


def fetch(
    consumer: KafkaConsumer, seconds: float, most: int, incarnation: str = ""
) -> list[Record]:
    """The next records, at most ``most``, fewer if large; waits up to ``seconds`` for a first one.

    A record that the driver cannot read is skipped; it is returned with its fault, beyond ``most``
    if need be. Otherwise nothing after it would ever come.
    """
    wait = int(seconds * 1000)
    records = more = _taken(consumer, lambda: consumer.poll(wait, min(FEW, most)), incarnation)
    size = sum(map(size_of, records))
    # Nobody knows how large records are before they are there, and a poll costs as much as 80.
    while more and size < LARGE and len(records) + FEW <= most:
        try:
            more = _taken(consumer, lambda: consumer._fetcher.fetched_records(FEW)[0], incarnation)
        except Exception:  # noqa: BLE001 - a broker's, which comes again; the records would not
            break
        records += more
        size += sum(map(size_of, more))
    return records


def _taken(
    consumer: KafkaConsumer, take: Callable[[], dict[TopicPartition, Any]], incarnation: str
) -> list[Record]:
    """What ``take`` takes from the driver, and the record that the driver failed at, if any."""
    try:
        found = take()
    except Exception as error:
        if not is_fault(consumer, error):
            raise
        return [passed_over(consumer, error, incarnation)]
    records = [record for batch in found.values() for record in records_of(batch, incarnation)]
    # Otherwise the next poll raises it, or none does if its partition is paused by then.
    later = consumer._fetcher._next_in_line_exception_metadata
    if later is not None and is_fault(consumer, later.exception):
        records.append(passed_over(consumer, later.exception, incarnation))
    return records


def is_fault(consumer: KafkaConsumer, error: Exception) -> bool:
    """Whether the driver failed at a record and not at a broker; codecs may raise any error."""
    if isinstance(error, CorruptRecordError | UnsupportedCodecError):
        return bool(consumer._fetcher._next_partition_records)
    of_driver = isinstance(error, KafkaError | OSError | AssertionError)
    return not of_driver and bool(consumer._fetcher._next_partition_records)


def passed_over(consumer: KafkaConsumer, error: Exception, incarnation: str) -> Record:
    """The record that the driver failed at; moves the consumer past it.

    The driver then fails again at each later offset of the record's batch.
    """
    part = consumer._fetcher._next_partition_records
    place, offset = part.topic_partition, part.next_fetch_offset
    consumer.seek(place, offset + 1)
    fault = f"kafka-python cannot read it: {error}"
    return Record(place.topic, place.partition, offset, None, None, (), 0.0, fault, incarnation)


def records_of(batch: Iterable[Any], incarnation: str) -> list[Record]:
    """The records of a fetched batch."""
    return [
        Record(
            item.topic,
            item.partition,
            item.offset,
            item.key,
            item.value,
            # A producer in another language may send a header without a value.
            tuple((name, value or b"") for name, value in item.headers),
            item.timestamp / 1000,
            incarnation=incarnation,
        )
        for item in batch
    ]


class Reader:
    """Reads partitions of a topic without a group. Blocks; for one thread at a time."""

    def __init__(self, address: Address, timeout: float, topic: str, partitions: int) -> None:
        self._timeout = int(timeout * 1000)
        self._settings = address.client(timeout)
        self._places = [TopicPartition(topic, number) for number in range(partitions)]
        self._consumer: Any = None

    def connect(self) -> None:
        """Connect."""
        self._consumer = create_client(
            KafkaConsumer,
            **self._settings,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            isolation_level=ISOLATION,
            request_timeout_ms=self._timeout,
            fetch_max_bytes=FETCHED,
            metrics_enabled=False,
        )

    def pages(self, since: float | None) -> Iterator[list[Record]]:
        """The records from ``since``, or the oldest, to the present end, partition by partition."""
        ends = self._consumer.end_offsets(self._places, timeout_ms=self._timeout)
        for place in self._places:
            self._consumer.assign([place])
            self._seek(place, since)
            while (position := self._position(place)) < ends[place]:
                records = fetch(self._consumer, self._timeout / 1000, PAGE)
                # Compaction leaves batches without records; only the position moves past them.
                if not records and self._position(place) == position:
                    raise KafkaTimeoutError("no records came, though there are some")
                if page := [record for record in records if record.offset < ends[place]]:
                    yield page

    def close(self) -> None:
        """Disconnect, if there is a connection."""
        if self._consumer is not None:
            self._consumer.close(autocommit=False)

    def _seek(self, place: TopicPartition, since: float | None) -> None:
        if since is None:
            self._consumer.seek_to_beginning(place)
            return
        # Records carry milliseconds; rounding removes the error of the float.
        moment = max(0, math.ceil(round(since * 1000, 3)))
        found = self._consumer.offsets_for_times({place: moment}, self._timeout)[place]
        if found is None:
            self._consumer.seek_to_end(place)
        else:
            self._consumer.seek(place, found.offset)

    def _position(self, place: TopicPartition) -> int:
        position = self._consumer.position(place, timeout_ms=self._timeout)
        if position is None:
            raise KafkaTimeoutError(f"no answer about {place.topic}, partition {place.partition}")
        return int(position)
