"""A broker that is killed."""

import asyncio
import signal

import pytest

from engines.kafka import Kafka
from movieserver.backends import Topic
from movieserver.errors import StoreUnavailable
from tests.engines.kafka.logs import GROUP, MakeLog, numbered, published


@pytest.mark.gen_test(timeout=110)
async def test_a_broker_is_killed_while_messages_are_published_and_read(
    make_log: MakeLog, engine: Kafka, topic: Topic
) -> None:
    log = make_log(topic, url=engine.environment()["MOVIESERVER_EVENTS"], timeout=3.0)
    await log.open()
    subscription = await log.subscribe(topic.name, GROUP)
    await log.publish(topic.name, numbered(100))
    engine.node(1).stop(signal.SIGKILL)
    loop = asyncio.get_running_loop()
    began = loop.time()
    refused = await asyncio.gather(
        *(log.publish(topic.name, numbered(10, n)) for n in range(200)), return_exceptions=True
    )
    assert all(isinstance(error, StoreUnavailable) for error in refused)
    assert loop.time() - began < 6.0
    with pytest.raises(StoreUnavailable):
        await log.ping()
    await asyncio.to_thread(engine.start, 1)
    await published(log, topic.name, numbered(100, 100))
    expected = {message.value for message in numbered(200)}
    found: set[bytes | None] = set()
    async with asyncio.timeout(60):
        while not expected <= found:
            records = await subscription.poll(1000, 5.0)
            found |= {record.value for record in records}
    await subscription.close()
