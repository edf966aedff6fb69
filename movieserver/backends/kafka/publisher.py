"""The producer, in a thread of its own."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, NamedTuple

from kafka import KafkaProducer

from movieserver.backends.event_log import Message, size_of
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.clients import create_client
from movieserver.backends.kafka.failures import in_time, translated
from movieserver.backends.kafka.probe import probe
from movieserver.errors import StoreError, StoreUnavailable
from movieserver.futures import settle
from movieserver.partitions import partition_of

log = logging.getLogger(__name__)

WAITING = 32 * 2**20
"""The most bytes of messages that wait for the brokers, unless a single call has more."""
TOGETHER = 4 * 2**20
"""Bytes of messages beyond which no further call's are sent before the answers are there."""
OVERHEAD = 100
"""Bytes that a message takes besides its key, value and headers."""
LARGEST = 2 * 2**20
"""The most bytes of a message; a topic may allow fewer."""
GRACE = 1.0
"""Seconds beyond the time limit in which the driver may still answer, or close."""


class Batch(NamedTuple):
    """The messages of one call, and its future."""

    topic: str
    messages: Sequence[Message]
    partitions: int
    size: int
    future: "asyncio.Future[None]"


class Publisher:
    """Sends the messages that have gathered, and answers when the replicas have them.

    kafka-python blocks while it looks for brokers and topics, and buffers without a bound. So none
    of it runs on the event loop, and it is given little at a time. A producer that failed is thrown
    away; the caller gets the error and publishes again.
    """

    def __init__(self, address: Address, timeout: float, restore: Callable[[], None]) -> None:
        """Start; call this on the event loop. A batch has ``timeout`` seconds.

        ``restore`` creates missing topics, which may be why a producer failed; it blocks.
        """
        self._address = address
        self._timeout = timeout
        self._restore = restore
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._held = 0
        self._producer: KafkaProducer | None = None
        self._thread = threading.Thread(target=self._run, name="kafka producer", daemon=True)
        self._thread.start()

    async def publish(self, topic: str, messages: Sequence[Message], partitions: int) -> None:
        """Send ``messages``, each to the partition of its partition key."""
        size = sum(map(size_of, messages)) + OVERHEAD * len(messages)
        if self._held and self._held + size > WAITING:
            raise StoreUnavailable(f"{self._address.label}: {self._held} bytes are waiting already")
        batch = Batch(topic, messages, partitions, size, self._loop.create_future())
        self._held += size
        self._waiting.put(batch)
        async with in_time(self._address.label, self._timeout):
            await batch.future

    async def close(self) -> None:
        """Send what waits, then end the thread and the producer.

        Gives up once the callers of ``publish`` have, and the driver has had its grace to answer
        and to close.
        """
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join, self._timeout + 3 * GRACE)
        if self._thread.is_alive():
            log.warning("%s: the producer did not stop in time", self._address.label)

    def _run(self) -> None:
        going = True
        while going:
            group, going = self._next_group()
            outcomes = self._publish(group)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._hand_over, group, outcomes)
        self._discard()

    def _next_group(self) -> tuple[list[Batch], bool]:
        """The waiting batches, up to a size, and whether more may come."""
        group: list[Batch] = []
        batch = self._waiting.get()
        while batch is not None:
            group.append(batch)
            if sum(each.size for each in group) > TOGETHER or self._waiting.empty():
                return group, True
            batch = self._waiting.get()
        return group, False

    def _publish(self, group: list[Batch]) -> list[tuple[Batch, StoreError | None]]:
        sent: list[tuple[Batch, list[Any], StoreError | None]] = []
        away: StoreError | None = None
        for batch in group:
            if not batch.future.done():  # else its caller has given up
                futures, error = ([], away) if away else self._send(batch)
                if isinstance(error, StoreUnavailable) and not futures:
                    away = error  # each of the others would wait as long for the same
                sent.append((batch, futures, error))
        deadline = monotonic() + self._timeout + GRACE
        outcomes = [
            (batch, error or self._settle(batch.topic, futures, deadline))
            for batch, futures, error in sent
        ]
        if any(error for _, error in outcomes):
            self._discard()
        return outcomes

    def _send(self, batch: Batch) -> tuple[list[Any], StoreError | None]:
        futures: list[Any] = []
        try:
            with translated(self._address.label):
                producer = self._connected()
                for message in batch.messages:
                    future = producer.send(
                        batch.topic,
                        value=message.value,
                        key=message.key,
                        headers=list(message.headers),
                        partition=partition_of(message.partition_key, batch.partitions),
                    )
                    futures.append(future)
        except StoreError as error:
            return futures, error
        return futures, None

    def _settle(self, topic: str, futures: list[Any], deadline: float) -> StoreError | None:
        """Wait until all have an answer; returns the first error among them."""
        label = f"{self._address.label}, topic {topic}"
        found: StoreError | None = None
        for future in futures:
            try:
                with translated(label):
                    future.get(max(0.0, deadline - monotonic()))
            except StoreError as error:
                found = found or error
        return found

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            probe(self._address, self._timeout)
            self._restore()
            milliseconds = int(self._timeout * 1000)
            settings: dict[str, Any] = {
                **self._address.client(self._timeout),
                "acks": "all",
                "enable_idempotence": True,
                "batch_size": 2**17,
                "max_request_size": LARGEST,
                "max_block_ms": milliseconds,
                "request_timeout_ms": milliseconds,
                "delivery_timeout_ms": milliseconds,
                "allow_auto_create_topics": False,
                "metrics_enabled": False,
            }
            self._producer = create_client(KafkaProducer, **settings)
        return self._producer

    def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.close(timeout=GRACE)
        except Exception:  # noqa: BLE001 - it raises anything, and this thread has to go on
            # It cannot close while it holds messages, and while the brokers are away the driver
            # keeps them beyond every time limit. Only this makes it drop them.
            with contextlib.suppress(Exception):
                producer._sender.force_close()
                producer.close(timeout=GRACE)

    def _hand_over(
        self, group: list[Batch], outcomes: list[tuple[Batch, StoreError | None]]
    ) -> None:
        self._held -= sum(batch.size for batch in group)
        for batch, error in outcomes:
            settle(batch.future, None, error)
