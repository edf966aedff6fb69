"""The event log on Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from kafka import KafkaAdminClient, KafkaConsumer

from movieserver.backends.event_log import EventLog, Message, Record, Subscription, Topic
from movieserver.backends.kafka import topics
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.failures import translated
from movieserver.backends.kafka.fetched import Reader
from movieserver.backends.kafka.publisher import Publisher
from movieserver.backends.kafka.subscription import KafkaSubscription
from movieserver.clock import Clock
from movieserver.errors import StoreRefused, StoreUnavailable

T = TypeVar("T")


class KafkaEventLog(EventLog):
    """Topics of a Kafka cluster; every call of the driver is made in a thread."""

    def __init__(
        self, address: Address, clock: Clock, timeout: float, topics_: Sequence[Topic]
    ) -> None:
        self._address = address
        self._clock = clock
        self._timeout = timeout
        self._topics = {topic.name: topic for topic in topics_}
        self._admin: KafkaAdminClient | None = None
        self._publisher: Publisher | None = None
        self._threads = ThreadPoolExecutor(2, "kafka")

    async def open(self) -> None:
        await self._run(self._open)
        self._publisher = Publisher(self._address, self._timeout)

    async def close(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            await publisher.close()
        admin, self._admin = self._admin, None
        if admin is not None:
            await self._run(admin.close)

    async def ping(self) -> None:
        await self._run(self._opened().describe_cluster)

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        known = self._known(topic)
        if self._publisher is None:
            raise StoreUnavailable(f"{self._address.place}: not open")
        await self._publisher.publish(topic, messages, known.partitions)

    async def subscribe(self, topic: str, group: str) -> Subscription:
        self._known(topic)
        subscription = KafkaSubscription(self._address, self._clock, self._timeout, topic, group)
        await subscription.join()
        return subscription

    async def read(self, topic: str, since: float | None = None) -> AsyncIterator[list[Record]]:
        self._known(topic)
        reader = await self._run(lambda: Reader(self._address, self._timeout, topic))
        try:
            pages = reader.pages(since)
            while page := await self._run(lambda: next(pages, None)):
                yield page
        finally:
            await self._run(reader.close)

    async def lag(self, topic: str, group: str) -> int:
        self._known(topic)
        return await self._run(lambda: self._lag(topic, group))

    async def _run(self, work: Callable[[], T]) -> T:
        def guarded() -> T:
            with translated(self._address.place):
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._threads, guarded)

    def _open(self) -> None:
        admin = KafkaAdminClient(
            **self._address.client(self._timeout), request_timeout_ms=int(self._timeout * 1000)
        )
        try:
            topics.ensure(admin, list(self._topics.values()), self._address.place, self._timeout)
        except BaseException:
            admin.close()
            raise
        self._admin = admin

    def _lag(self, topic: str, group: str) -> int:
        reader = Reader(self._address, self._timeout, topic)
        member = KafkaConsumer(**self._address.client(self._timeout), group_id=group)
        try:
            return reader.lag({place: member.committed(place) or 0 for place in reader.places})
        finally:
            member.close(autocommit=False)
            reader.close()

    def _opened(self) -> KafkaAdminClient:
        if self._admin is None:
            raise StoreUnavailable(f"{self._address.place}: not open")
        return self._admin

    def _known(self, topic: str) -> Topic:
        if topic not in self._topics:
            known = ", ".join(sorted(self._topics))
            raise StoreRefused(f"{self._address.place}: no topic {topic!r}; there is {known}")
        return self._topics[topic]
