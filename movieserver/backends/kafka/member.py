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
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from movieserver.backends.event_log import Record, size_of
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.committed import Committed
from movieserver.backends.kafka.failures import LOST, translated
from movieserver.backends.kafka.fetched import fetch
from movieserver.backends.kafka.joining import joined
from movieserver.backends.kafka.topic_watch import TopicWatch
from movieserver.errors import StoreError, StoreRefused
from movieserver.futures import settle

log = logging.getLogger(__name__)

TURN = 0.05
"""The most seconds that one call of the driver waits for records; commits wait meanwhile."""
REST = 0.5
"""Seconds after a call that found nothing in which, while the owner has enough records, the member
only waits for commits, so that it does them at once."""
PAUSE = 1.0
"""Seconds to wait after a turn that failed."""
AWAY = 1.0
"""Seconds without the topic before it is made again: by then every member has noticed."""
MANY = 1000
"""The most records of one call; each call costs as much as some 80 records."""
MOVING = (
    RebalanceInProgressError,
    CommitFailedError,
    IllegalGenerationError,
    UnknownMemberIdError,
)
"""What a commit raises while partitions move between members."""


Part = tuple[str, int]
"""A partition: the incarnation of its topic, and its number."""


class Fetched(NamedTuple):
    """What a turn fetched, and the partitions that the member had at the time."""

    records: list[Record]
    size: int
    """The bytes of the records."""
    incarnation: str
    partitions: frozenset[int]


class Commit(NamedTuple):
    """Offsets by partition, the deadline for attempts, and the caller's future."""

    offsets: dict[Part, int]
    deadline: float
    future: "asyncio.Future[None]"


class Member:
    """Polls in a thread of its own, and hands what it finds to the event loop.

    It never stops polling; while ``full`` it pauses every partition instead. A group rebalances
    only when every member takes part, however busy its owner is. If the topic was deleted, the
    member has it created again, and starts over on the new one.
    """

    def __init__(
        self,
        address: Address,
        timeout: float,
        place: tuple[str, str],
        give: Callable[[Fetched], None],
        restore: Callable[[], None],
    ) -> None:
        """Take the topic and the group as ``place``; ``give`` is called on the event loop.

        ``restore`` creates the topic if it is gone, and blocks.
        """
        self.full = False
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._address = address
        self._timeout = timeout
        self._topic, self._group = place
        self._give = give
        self._restore = restore
        self._loop = asyncio.get_running_loop()
        self._commits: queue.SimpleQueue[Commit | None] = queue.SimpleQueue()
        self._has_enough = False
        self._committed = Committed()
        self._partitions: frozenset[int] = frozenset()
        self._leaving = threading.Event()
        self._consumer: KafkaConsumer
        self._watch: TopicWatch
        self._said = ""
        self.refusal: StoreRefused | None = None
        """The error that stops it until somebody mends the cause."""
        self._thread = threading.Thread(target=self._run, name="kafka consumer", daemon=True)
        self._thread.start()

    def commit(self, offsets: dict[Part, int]) -> "asyncio.Future[None]":
        """Move the group forward to ``offsets`` in the partitions that this member still has."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._commits.put(Commit(offsets, time.monotonic() + self._timeout, future))
        return future

    def note_enough(self, enough: bool) -> None:
        """Say whether the owner has all the records that it will take next."""
        if self._has_enough and not enough:
            self._commits.put(None)
        self._has_enough = enough

    def give_up(self) -> None:
        """Leave the group as soon as the driver returns, without waiting for it."""
        self._leaving.set()
        self._commits.put(None)

    async def leave(self) -> None:
        """Leave the group; if the driver does not return in time, the group is not told."""
        self.give_up()
        await asyncio.to_thread(self._thread.join, TURN + 2 * self._timeout)
        if self._thread.is_alive():
            log.warning("the group on %s: its member did not stop in time", self._topic)

    def _run(self) -> None:
        failure: StoreError | None = None
        try:
            with translated(self._address.label):
                self._connect()
        except StoreError as error:
            failure = error
        if not self._leaving.is_set():  # else nobody waits, and the loop may be closed by now
            self._loop.call_soon_threadsafe(settle, self.joined, None, failure)
        if failure is not None:
            return
        while not self._leaving.is_set():
            try:
                with translated(self._address.label):
                    self._go_on()
                self._said, self.refusal = "", None
            except StoreError as error:
                self.refusal = error if isinstance(error, StoreRefused) else None
                self._say(f"the group on {self._topic}: {error}")
                self._leaving.wait(PAUSE)
        with suppress(StoreError), translated(self._address.label):  # the session ends anyway
            self._disconnect()

    def _go_on(self) -> None:
        if self._watch.is_another():
            self._disconnect()
            self._connect()
            self._committed.distrust(self._consumer)
            log.warning(
                "the topic %s has been replaced by another one, which is read from the start; %s",
                self._topic,
                LOST,
            )
        elif self._watch.gone_for() > AWAY:
            self._restore()
        found = self._turn(self._consumer)
        self._attend(self._consumer, 0.0 if found else REST)

    def _say(self, what: str) -> None:
        """Log ``what``, unless it is what was logged last."""
        if what != self._said:
            log.warning("%s", what)
        self._said = what

    def _connect(self) -> None:
        self._committed = Committed()
        place = self._topic, self._group
        self._consumer = joined(self._address, self._timeout, place, self._committed)
        self._watch = TopicWatch(self._consumer, self._topic)

    def _disconnect(self) -> None:
        self._consumer.close(autocommit=False, timeout_ms=int(self._timeout * 1000))

    def _turn(self, consumer: KafkaConsumer) -> bool:
        """Run one poll of the driver; returns whether there were records."""
        if self.full:
            consumer.pause(*consumer.assignment())
        elif paused := consumer.paused():
            consumer.resume(*paused)
        overdue = is_overdue(consumer)
        records = fetch(consumer, 0.0 if overdue else TURN, MANY, self._watch.incarnation)
        if overdue and not records:
            self._leaving.wait(TURN)
        partitions = self._partitions
        # While the topic is gone, no other member has its partitions: keep their waiting records.
        if self._watch.is_here():
            partitions = frozenset(place.partition for place in consumer.assignment())
        if records or partitions != self._partitions:
            self._partitions = partitions
            for record in records:
                self._committed.note(record.partition, record.offset)
            size = sum(map(size_of, records))
            fetched = Fetched(records, size, self._watch.incarnation, partitions)
            self._loop.call_soon_threadsafe(self._give, fetched)
        return bool(records)

    def _attend(self, consumer: KafkaConsumer, rest: float) -> None:
        """Do the waiting commits and, while the owner has enough, those of the next ``rest`` s."""
        end = time.monotonic() + rest
        with suppress(queue.Empty):
            while not self._leaving.is_set():
                seconds = end - time.monotonic() if self._has_enough else 0.0
                commit = self._commits.get(seconds > 0, max(0.0, seconds))
                if commit is not None and not self._try(consumer, commit):
                    return

    def _try(self, consumer: KafkaConsumer, commit: Commit) -> bool:
        """Commit; returns False while partitions move, to try again in the next turn."""
        failure: StoreError | None = None
        try:
            with translated(self._address.label):
                try:
                    self._commit(consumer, commit.offsets)
                except MOVING:
                    if time.monotonic() > commit.deadline:
                        raise
                    self._commits.put(commit)
                    return False
        except StoreError as error:
            failure = error
        self._loop.call_soon_threadsafe(settle, commit.future, None, failure)
        return True

    def _commit(self, consumer: KafkaConsumer, offsets: dict[Part, int]) -> None:
        if not self._watch.is_here():
            return  # the group's offsets in a topic are gone with it
        known = self._watch.incarnation
        forward = self._committed.forward({p: at for (of, p), at in offsets.items() if of == known})
        if forward:
            places = {
                TopicPartition(self._topic, partition): OffsetAndMetadata(offset, "", -1)
                for partition, offset in forward.items()
            }
            consumer.commit(places, timeout_ms=int(self._timeout * 1000))
            self._committed.moved(forward)


def is_overdue(consumer: KafkaConsumer) -> bool:
    """Whether a heartbeat should have been answered by now, because a broker hangs.

    Meanwhile the driver does not wait when it is told to: it asks thousands of times a second, and
    each time takes memory until its time limit for the broker is over.
    """
    coordinator = consumer._coordinator
    return not coordinator.need_rejoin() and bool(coordinator.time_to_next_poll() == 0)
