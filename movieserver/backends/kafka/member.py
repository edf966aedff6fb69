"""A member of a consumer group: kafka-python's consumer, polled without a pause."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from movieserver.backends.event_log import Record
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.committed import Committed
from movieserver.backends.kafka.failures import translated
from movieserver.backends.kafka.fetched import FETCHED, fetch
from movieserver.backends.kafka.probe import probe
from movieserver.errors import StoreError

log = logging.getLogger(__name__)

TURN = 0.05
"""Seconds that one call of the driver waits for records at most; a commit that comes waits."""
REST = 0.5
"""Seconds after a call that found nothing in which only commits are waited for, which then go at
once, while the owner has records enough."""
PAUSE = 1.0
"""Seconds until the next turn after one that failed."""
BATCH = 200
"""Records that one turn takes at most: 200 MB where each is as large as can be."""
SESSION, HEARTBEAT = 10.0, 1.0
"""Seconds without a heartbeat after which the group takes a member for dead, and between two."""
MOVING = (
    RebalanceInProgressError,
    CommitFailedError,
    IllegalGenerationError,
    UnknownMemberIdError,
)
"""What a commit meets while partitions go from member to member."""


class Fetched(NamedTuple):
    """What a turn gave, and the partitions that were the member's own then."""

    records: list[Record]
    partitions: frozenset[int]


class Commit(NamedTuple):
    """Offsets by partition, until when it may be tried, and who waits for it."""

    offsets: dict[int, int]
    deadline: float
    future: "asyncio.Future[None]"


class Member:
    """Polls in a thread of its own, and gives to the event loop what it finds.

    It never stops to poll, with everything paused while ``full``: a group shares its partitions
    anew only when every member takes part, however busy its owner is.
    """

    def __init__(
        self,
        address: Address,
        timeout: float,
        place: tuple[str, str],
        give: Callable[[Fetched], None],
    ) -> None:
        """Take the topic and the group as ``place``; ``give`` is called on the event loop."""
        self.full = False
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._address = address
        self._timeout = timeout
        self._topic, self._group = place
        self._give = give
        self._loop = asyncio.get_running_loop()
        self._commits: queue.SimpleQueue[Commit | None] = queue.SimpleQueue()
        self._sated = False
        self._committed = Committed()
        self._partitions: frozenset[int] = frozenset()
        self._leaving = threading.Event()
        self._consumer: KafkaConsumer | None = None
        self._thread = threading.Thread(target=self._run, name="kafka consumer", daemon=True)
        self._thread.start()

    def commit(self, offsets: dict[int, int]) -> "asyncio.Future[None]":
        """Move the group forward to ``offsets`` in the partitions that are still its own."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._commits.put(Commit(offsets, time.monotonic() + self._timeout, future))
        return future

    def sate(self, sated: bool) -> None:
        """Say whether the owner has all the records that it wants to take next."""
        if self._sated and not sated:
            self._commits.put(None)
        self._sated = sated

    async def leave(self) -> None:
        """Leave the group; without a word to it where the driver does not come back in time."""
        self._leaving.set()
        self._commits.put(None)
        await asyncio.to_thread(self._thread.join, TURN + 2 * self._timeout)
        if self._thread.is_alive():
            log.warning("the group on %s: its member does not end", self._topic)

    def _run(self) -> None:
        try:
            with translated(self._address.place):
                consumer = self._connect()
        except StoreError as error:
            self._loop.call_soon_threadsafe(_settle, self.joined, error)
            return
        self._consumer = consumer
        self._loop.call_soon_threadsafe(_settle, self.joined, None)
        while not self._leaving.is_set():
            try:
                with translated(self._address.place):
                    found = self._turn(consumer)
                    self._attend(consumer, 0.0 if found else REST)
            except StoreError as error:
                log.warning("the group on %s: %s", self._topic, error)
                self._leaving.wait(PAUSE)
        consumer.close(autocommit=False, timeout_ms=int(self._timeout * 1000))

    def _connect(self) -> KafkaConsumer:
        probe(self._address, self._timeout)
        consumer = KafkaConsumer(
            **self._address.client(self._timeout),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            partition_assignment_strategy=[CooperativeStickyAssignor],
            session_timeout_ms=int(SESSION * 1000),
            heartbeat_interval_ms=int(HEARTBEAT * 1000),
            fetch_max_bytes=FETCHED,
            metrics_enabled=False,
        )
        consumer.subscribe([self._topic], listener=self._committed)
        # A leader that does not know the partitions yet would share out none, for minutes.
        consumer.partitions_for_topic(self._topic)
        return consumer

    def _turn(self, consumer: KafkaConsumer) -> bool:
        """Let the driver do its part; whether there were records."""
        if self.full:
            consumer.pause(*consumer.assignment())
        elif paused := consumer.paused():
            consumer.resume(*paused)
        records = fetch(consumer, TURN, BATCH)
        partitions = frozenset(place.partition for place in consumer.assignment())
        if records or partitions != self._partitions:
            self._partitions = partitions
            for record in records:
                self._committed.note(record.partition, record.offset)
            self._loop.call_soon_threadsafe(self._give, Fetched(records, partitions))
        return bool(records)

    def _attend(self, consumer: KafkaConsumer, rest: float) -> None:
        """Do the commits that there are, and, while the owner has enough records, those to come."""
        end = time.monotonic() + rest
        with suppress(queue.Empty):
            while not self._leaving.is_set():
                seconds = end - time.monotonic() if self._sated else 0.0
                commit = self._commits.get(seconds > 0, max(0.0, seconds))
                if commit is not None and not self._try(consumer, commit):
                    return

    def _try(self, consumer: KafkaConsumer, commit: Commit) -> bool:
        """Commit; False while partitions move, which puts it off to the next turn."""
        failure: StoreError | None = None
        try:
            with translated(self._address.place):
                try:
                    self._commit(consumer, commit.offsets)
                except MOVING:
                    if time.monotonic() > commit.deadline:
                        raise
                    self._commits.put(commit)
                    return False
        except StoreError as error:
            failure = error
        self._loop.call_soon_threadsafe(_settle, commit.future, failure)
        return True

    def _commit(self, consumer: KafkaConsumer, offsets: dict[int, int]) -> None:
        forward = self._committed.forward(offsets)
        if forward:
            places = {
                TopicPartition(self._topic, partition): OffsetAndMetadata(offset, "", -1)
                for partition, offset in forward.items()
            }
            consumer.commit(places, timeout_ms=int(self._timeout * 1000))
            self._committed.moved(forward)


def _settle(future: "asyncio.Future[None]", error: StoreError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
