"""Clients of kafka-python, of which one that could not be made leaves nothing behind."""

from collections.abc import Callable
from typing import Any, TypeVar

from kafka.net.compat import KafkaNetClient

C = TypeVar("C")


def create_client(kind: Callable[..., C], **settings: Any) -> C:
    """A consumer, producer or admin client of the driver's. Blocks.

    The driver starts a thread before it looks for brokers, and where it finds none it raises and
    keeps the thread, which nobody could end: so what has the thread is noted here.
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
