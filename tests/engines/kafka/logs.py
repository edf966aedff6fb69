"""What the tests of event logs on Kafka have in common."""

import asyncio
from collections.abc import Callable

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from movieserver.backends import EventLog, Message, Record, Subscription
from movieserver.errors import StoreUnavailable
from tests.engines.brokers import BROKERS

BROKER = BROKERS[0]
GROUP = "test"

MakeLog = Callable[..., EventLog]


def numbered(count: int, start: int = 0, size: int = 10) -> list[Message]:
    return [
        Message(b"key %d" % n, (b"%d" % n).ljust(size), b"movie %d" % n)
        for n in range(start, start + count)
    ]


async def receive(subscription: Subscription, count: int) -> list[Record]:
    records: list[Record] = []
    async with asyncio.timeout(30):
        while len(records) < count:
            records += await subscription.poll(1000, 5.0)
    return records


async def published(log: EventLog, topic: str, messages: list[Message]) -> None:
    """Publish until the log takes it, as the relay does."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await log.publish(topic, messages)
            except StoreUnavailable:
                await asyncio.sleep(0)


def described(name: str) -> tuple[int, dict[str, str]]:
    """A topic's partitions, and what is special about its clean-up."""
    admin = KafkaAdminClient(bootstrap_servers=BROKER)
    try:
        [found] = admin.describe_topics([name])
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        configs = admin.describe_configs([resource], config_filter="all")["topic"][name]
    finally:
        admin.close()
    names = ["cleanup.policy"]
    if configs["cleanup.policy"]["value"] == "delete":
        names.append("retention.ms")
    return len(found["partitions"]), {each: configs[each]["value"] for each in names}
