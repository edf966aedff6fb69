"""The event log on Kafka."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import TypeVar
from weakref import WeakSet

from kafka import KafkaAdminClient

from movieserver.backends.event_log import EventLog, Message, Record, Subscription, Topic
from movieserver.backends.kafka import topics
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.clients import create_client
from movieserver.backends.kafka.failures import LOST, in_time, patiently, translated
from movieserver.backends.kafka.fetched import Reader
from movieserver.backends.kafka.probe import SHARE, probe
from movieserver.backends.kafka.publisher import Publisher
from movieserver.backends.kafka.subscription import KafkaSubscription
from movieserver.clock import Clock
from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

log = logging.getLogger(__name__)

GONE = f"%s: the topic %s was gone and has been created again; {LOST}"
GROWN = (
    "%s: the topic %s now has %d partitions, but the profile says %d: set events.partitions to %d "
    "and restart; until then our events go only to the first ones"
)

T = TypeVar("T")


class KafkaEventLog(EventLog):
    """Topics of a Kafka cluster; every call of the driver runs in a thread."""

    def __init__(
        self, address: Address, clock: Clock, timeout: float, wanted: Sequence[Topic]
    ) -> None:
        self._address = address
        self._clock = clock
        self._timeout = timeout
        self._topics = {topic.name: topic for topic in wanted}
        self._grown: set[str] = set()
        """The topics about whose added partitions a warning was logged."""
        self._admin: KafkaAdminClient | None = None
        self._publisher: Publisher | None = None
        self._subscriptions: WeakSet[KafkaSubscription] = WeakSet()
        self._threads = _threads()
        self._connecting = Lock()
        self._restoring = Lock()

    async def open(self) -> None:
        await self._run(self._connect)
        await self._run(lambda: self._ensure(list(self._topics.values())))
        self._publisher = Publisher(self._address, self._timeout, self._restore_topics)

    async def close(self) -> None:
        await asyncio.gather(*(each.close() for each in self._subscriptions))
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.close()
        admin, self._admin = self._admin, None
        if admin is not None:
            with suppress(StoreError):
                await self._run(admin.close)
        self._threads.shutdown(wait=False)
        self._threads = _threads()

    async def ping(self) -> None:
        self._opened()
        await self._run(self._probe)

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        known = self._known(topic)
        if self._publisher is None:
            raise StoreUnavailable(f"{self._address.label}: not open")
        await self._publisher.publish(topic, messages, known.partitions)

    async def subscribe(self, topic: str, group: str) -> Subscription:
        self._known(topic)
        self._opened()
        subscription = KafkaSubscription(
            self._address, self._timeout, (topic, group), self._restore_topics
        )
        await subscription.join()
        self._subscriptions.add(subscription)
        return subscription

    async def read(self, topic: str, since: float | None = None) -> AsyncIterator[list[Record]]:
        partitions = self._known(topic).partitions
        self._opened()
        await self._run(self._probe)
        # The driver's consumer is for one thread; closing it waits for what that thread is doing.
        thread = ThreadPoolExecutor(1, "kafka reader")
        reader = Reader(self._address, self._timeout, topic, partitions)
        try:
            await self._run(reader.connect, thread)
            pages = reader.pages(since)
            while page := await self._run(lambda: next(pages, None), thread):
                yield page
        finally:
            thread.submit(reader.close)
            thread.shutdown(wait=False)

    async def lag(self, topic: str, group: str) -> int:
        known, admin = self._known(topic), self._opened()
        await self._run(self._probe)

        def work() -> int:
            partitions = topics.count(admin, topic)
            self._compare(known, partitions)
            return topics.lag(admin, topic, partitions, group)

        return await self._run(lambda: patiently(work, self._timeout * SHARE))

    async def _run(self, work: Callable[[], T], threads: ThreadPoolExecutor | None = None) -> T:
        """Run ``work`` in a thread; the caller waits no longer than the time limit."""

        def guarded() -> T:
            with translated(self._address.label):
                return work()

        async with in_time(self._address.label, self._timeout):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(threads or self._threads, guarded)

    def _probe(self) -> None:
        probe(self._address, self._timeout)

    def _connect(self) -> None:
        self._probe()
        with self._connecting:  # an earlier try may have been given up and still go on
            if self._admin is None:
                milliseconds = int(self._timeout * 1000)
                settings = self._address.client(self._timeout)
                self._admin = create_client(
                    KafkaAdminClient, **settings, request_timeout_ms=milliseconds
                )

    def _ensure(self, wanted: Sequence[Topic]) -> None:
        label, admin, limit = self._address.label, self._opened(), self._timeout * SHARE
        patiently(lambda: topics.ensure(admin, wanted, label, limit), limit)

    def _restore_topics(self) -> None:
        """Create those topics again that were deleted since ``open``.

        Raises ``StoreRefused`` for one that somebody else created again with fewer partitions.
        """
        label, wanted = self._address.label, list(self._topics.values())
        with self._restoring:
            missing = topics.missing(self._opened(), wanted)
            if missing:
                self._ensure(missing)
            topics.check_partitions(self._opened(), wanted, label)
        for topic in missing:
            log.warning(GONE, label, topic.name)

    def _compare(self, topic: Topic, partitions: int) -> None:
        """Warn once of partitions that were added since ``open``."""
        if partitions > topic.partitions and topic.name not in self._grown:
            self._grown.add(topic.name)
            label, said = self._address.label, topic.partitions
            log.warning(GROWN, label, topic.name, partitions, said, partitions)

    def _opened(self) -> KafkaAdminClient:
        if self._admin is None:
            raise StoreUnavailable(f"{self._address.label}: not open")
        return self._admin

    def _known(self, topic: str) -> Topic:
        if topic not in self._topics:
            known = ", ".join(sorted(self._topics))
            raise StoreRefused(
                f"{self._address.label}: there is no topic {topic!r}; known: {known}"
            )
        return self._topics[topic]


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "kafka")
