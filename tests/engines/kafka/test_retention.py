"""Records that the brokers removed before they were read, as a topic's retention has it."""

from contextlib import closing

import pytest
from kafka import TopicPartition

from movieserver.backends import Topic
from tests.engines.brokers import administrator
from tests.engines.kafka.logs import GROUP, MakeLog, numbered, receive


def cut(topic: Topic, offset: int) -> None:
    """Remove the first records of the only partition."""
    with closing(administrator()) as admin:
        admin.delete_records({TopicPartition(topic.name, 0): offset})


@pytest.mark.gen_test(timeout=60)
async def test_a_group_goes_on_with_what_is_left(make_log: MakeLog, topic: Topic) -> None:
    topic = Topic(topic.name, 1, retention=3600.0, compacted=False)
    log = make_log(topic)
    await log.open()
    await log.publish(topic.name, numbered(30))
    first = await log.subscribe(topic.name, GROUP)
    await first.commit((await receive(first, 30))[:10])
    await first.close()
    cut(topic, 20)
    assert await log.lag(topic.name, GROUP) == 10
    assert len([record async for page in log.read(topic.name) for record in page]) == 10
    second = await log.subscribe(topic.name, GROUP)
    found = await receive(second, 10)
    assert [record.offset for record in found] == [*range(20, 30)]
    await second.commit(found)
    assert await log.lag(topic.name, GROUP) == 0
    await second.close()


@pytest.mark.gen_test(timeout=60)
async def test_a_member_that_is_passed_goes_on_with_what_comes(
    make_log: MakeLog, topic: Topic
) -> None:
    topic = Topic(topic.name, 1, retention=3600.0, compacted=False)
    log = make_log(topic)
    await log.open()
    await log.publish(topic.name, numbered(10))
    subscription = await log.subscribe(topic.name, GROUP)
    await receive(subscription, 10)
    cut(topic, 10)
    assert await log.lag(topic.name, GROUP) == 0
    await log.publish(topic.name, numbered(5, 10))
    found = await receive(subscription, 5)
    assert [record.offset for record in found] == [*range(10, 15)]
    await subscription.commit(found)
    assert await log.lag(topic.name, GROUP) == 0
    await subscription.close()
