"""Clients of kafka-python; one that cannot be created leaves nothing behind."""

from collections.abc import Callable
from typing import Any, TypeVar

from kafka.net.compat import KafkaNetClient

C = TypeVar("C")


def create_client(kind: Callable[..., C], **settings: Any) -> C:
    """Create a consumer, producer or admin client of the driver. Blocks.

    The driver starts a thread before it looks for brokers. If it finds none, it raises and leaves
    the thread running, out of the caller's reach. So the thread's owner is noted, and closed here.
    """
    network: list[KafkaNetClient] = []

    def noted(**given: Any) -> KafkaNetClient:
        network.append(KafkaNetClient(**given))
        return network[-1]

    try:
        return kind(**settings, kafka_client=noted)
    except BaseException:
        for each in network:
            each.close()
        raise
