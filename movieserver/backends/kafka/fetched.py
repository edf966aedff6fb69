"""What kafka-python fetches, as records; and fetching without a group."""

from collections.abc import Iterable, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from movieserver.backends.event_log import Record
from movieserver.backends.kafka.address import Address

PAGE = 5000
"""Records that a read takes at once."""


def records_of(batch: Iterable[Any]) -> list[Record]:
    """The records of a fetched batch."""
    return [
        Record(
            item.topic,
            item.partition,
            item.offset,
            item.key,
            item.value,
            tuple(item.headers or ()),
            item.timestamp / 1000,
        )
        for item in batch
    ]


class Reader:
    """Reads partitions of a topic without a group. Blocks; for one thread."""

    def __init__(self, address: Address, timeout: float, topic: str) -> None:
        self._timeout = int(timeout * 1000)
        self._consumer = KafkaConsumer(
            **address.client(timeout), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        numbers = self._consumer.partitions_for_topic(topic) or set()
        self.places = [TopicPartition(topic, number) for number in sorted(numbers)]

    def pages(self, since: float | None) -> Iterator[list[Record]]:
        """The records from ``since`` to the present end, partition by partition."""
        ends = self._consumer.end_offsets(self.places)
        for place in self.places:
            self._consumer.assign([place])
            self._seek(place, since)
            while self._consumer.position(place) < ends[place]:
                found = self._consumer.poll(timeout_ms=self._timeout, max_records=PAGE)
                records = [r for batch in found.values() for r in records_of(batch)]
                if page := [record for record in records if record.offset < ends[place]]:
                    yield page
                if not records:
                    break  # what is left are the log's own marks

    def lag(self, committed: dict[TopicPartition, int]) -> int:
        """How many records come after ``committed``, or after the oldest where that is gone."""
        ends = self._consumer.end_offsets(self.places)
        starts = self._consumer.beginning_offsets(self.places)
        return sum(
            max(0, ends[place] - max(starts[place], committed.get(place, 0)))
            for place in self.places
        )

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close(autocommit=False)

    def _seek(self, place: TopicPartition, since: float | None) -> None:
        if since is None:
            self._consumer.seek_to_beginning(place)
            return
        found = self._consumer.offsets_for_times({place: int(since * 1000)})[place]
        if found is None:
            self._consumer.seek_to_end(place)
        else:
            self._consumer.seek(place, found.offset)
