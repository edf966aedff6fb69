"""The producer, in a thread of its own."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

from kafka import KafkaProducer

from movieserver.backends.event_log import Message
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.failures import translated
from movieserver.partitions import partition_of


class Publisher:
    """Sends batches, one after the other, and answers when the replicas have them.

    kafka-python blocks while it looks for brokers and topics, so nothing of it runs on the event
    loop. A producer that failed is thrown away with what it still held: whoever published is
    told, and publishes again.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        """Take where the brokers are; a batch has ``timeout`` seconds."""
        self._address = address
        self._timeout = timeout
        self._producer: KafkaProducer | None = None
        self._thread = ThreadPoolExecutor(1, "kafka producer")

    async def publish(self, topic: str, messages: Sequence[Message], partitions: int) -> None:
        """Send ``messages``, each to the partition of its partition key."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._publish, topic, messages, partitions)

    async def close(self) -> None:
        """End the thread and the producer."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._discard)
        self._thread.shutdown(wait=False)

    def _publish(self, topic: str, messages: Sequence[Message], partitions: int) -> None:
        deadline = monotonic() + self._timeout
        with translated(self._address.place):
            try:
                producer = self._connected()
                sent = [
                    producer.send(
                        topic,
                        value=message.value,
                        key=message.key,
                        headers=list(message.headers),
                        partition=partition_of(message.partition_key, partitions),
                    )
                    for message in messages
                ]
                for future in sent:
                    future.get(max(0.0, deadline - monotonic()))
            except BaseException:
                self._discard()
                raise

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            milliseconds = int(self._timeout * 1000)
            settings: dict[str, Any] = {
                **self._address.client(self._timeout),
                "acks": "all",
                "enable_idempotence": True,
                "linger_ms": 0,
                "max_block_ms": milliseconds,
                "request_timeout_ms": milliseconds,
                "delivery_timeout_ms": milliseconds,
            }
            self._producer = KafkaProducer(**settings)
        return self._producer

    def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=0)
