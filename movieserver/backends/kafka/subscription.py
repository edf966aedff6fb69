"""Reading a topic as a member of a group, in a thread of its own."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from movieserver.backends.event_log import Record, Subscription
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.failures import translated
from movieserver.backends.kafka.fetched import records_of
from movieserver.clock import Clock
from movieserver.errors import StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

SLICE = 0.5
"""Seconds that one call of the driver waits for records at most."""
PULSE = 1.0
"""Seconds between two signs of life while the caller does not poll."""
REBALANCE = 0.1
"""Seconds between two tries to commit while partitions are moving."""
SESSION = 10.0
"""Seconds without a heartbeat after which the group takes a member for dead."""
LOST = (CommitFailedError, IllegalGenerationError, UnknownMemberIdError)
"""What a commit meets when its partitions have gone to another member."""


class KafkaSubscription(Subscription):
    """One consumer. While its caller is busy, it goes on polling with everything paused."""

    def __init__(
        self, address: Address, clock: Clock, timeout: float, topic: str, group: str
    ) -> None:
        self._address = address
        self._clock = clock
        self._timeout = timeout
        self._topic = topic
        self._group = group
        self._consumer: KafkaConsumer | None = None
        self._thread = ThreadPoolExecutor(1, "kafka consumer")
        self._committed: dict[TopicPartition, int] = {}
        self._polled_at = clock.monotonic()
        self._pulse: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Become a member."""
        await self._run(self._join)
        self._pulse = asyncio.create_task(self._keep_alive())

    async def poll(self, limit: int, timeout: float) -> list[Record]:
        deadline = self._clock.monotonic() + timeout
        while True:
            remaining = max(0.0, deadline - self._clock.monotonic())
            wait = min(SLICE, remaining)
            records = await self._run(lambda wait=wait: self._poll(limit, wait))  # type: ignore[misc]
            self._polled_at = self._clock.monotonic()
            if records or remaining <= SLICE:
                return records

    async def commit(self, records: Sequence[Record]) -> None:
        offsets: dict[TopicPartition, int] = {}
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            offsets[place] = max(offsets.get(place, 0), record.offset + 1)
        await self._run(lambda: self._commit(offsets))

    async def close(self) -> None:
        pulse, self._pulse = self._pulse, None
        if pulse is not None:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
            await self._run(self._leave)
            self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        """Run ``work`` where all calls of the consumer are made, one after the other."""

        def guarded() -> T:
            with translated(self._address.place):
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._thread, guarded)

    async def _keep_alive(self) -> None:
        while True:
            await self._clock.sleep(PULSE)
            if self._clock.monotonic() - self._polled_at < PULSE:
                continue
            try:
                await self._run(self._idle)
            except StoreError as error:
                log.warning("no sign of life for the group on %s: %s", self._topic, error)

    def _join(self) -> None:
        consumer = KafkaConsumer(
            **self._address.client(self._timeout),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=[CooperativeStickyAssignor],
            session_timeout_ms=int(SESSION * 1000),
            max_partition_fetch_bytes=2**21,
        )
        consumer.subscribe([self._topic])
        # A leader that does not know the partitions yet would share out none, for minutes.
        consumer.partitions_for_topic(self._topic)
        self._consumer = consumer

    def _poll(self, limit: int, wait: float) -> list[Record]:
        consumer = self._joined()
        found = consumer.poll(timeout_ms=int(wait * 1000), max_records=limit)
        self._committed = {
            place: offset
            for place, offset in self._committed.items()
            if place in consumer.assignment()
        }
        return [record for batch in found.values() for record in records_of(batch)]

    def _idle(self, wait: float = 0.0) -> None:
        """Take part in the group's life for ``wait`` seconds without taking records."""
        consumer = self._joined()
        paused = consumer.assignment()
        consumer.pause(*paused)
        try:
            consumer.poll(timeout_ms=int(wait * 1000))
        finally:
            consumer.resume(*(place for place in paused if place in consumer.assignment()))

    def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        deadline = monotonic() + self._timeout
        while True:
            try:
                return self._commit_own(offsets)
            except RebalanceInProgressError:
                if monotonic() > deadline:
                    raise
                self._idle(REBALANCE)  # takes part; then what is still its own is committed

    def _commit_own(self, offsets: dict[TopicPartition, int]) -> None:
        consumer = self._joined()
        forward = {
            place: OffsetAndMetadata(offset, "", -1)
            for place, offset in offsets.items()
            if place in consumer.assignment() and offset > self._known(consumer, place)
        }
        if not forward:
            return
        try:
            consumer.commit(forward)
        except LOST as error:
            log.info("partitions of %s have gone to another member: %s", self._topic, error)
        else:
            self._committed |= {place: offset.offset for place, offset in forward.items()}

    def _known(self, consumer: KafkaConsumer, place: TopicPartition) -> int:
        if place not in self._committed:
            self._committed[place] = consumer.committed(place) or 0
        return self._committed[place]

    def _leave(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close(autocommit=False, timeout_ms=int(self._timeout * 1000))

    def _joined(self) -> KafkaConsumer:
        if self._consumer is None:
            self._join()
        consumer: KafkaConsumer = self._consumer
        return consumer
