"""How topics are made, and which of those that are there are refused."""

import asyncio
from contextlib import closing, suppress

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from movieserver.backends import Topic
from movieserver.errors import StoreRefused, StoreUnavailable
from movieserver.partitions import partition_of
from tests.engines.brokers import administrator, remove
from tests.engines.kafka.logs import BROKER, MakeLog, described, numbered, published


@pytest.mark.gen_test(timeout=60)
async def test_it_is_made_as_the_profile_says(make_log: MakeLog, topic: Topic) -> None:
    dead = Topic(f"{topic.name}.dead", 1, retention=3600.0, compacted=False)
    await make_log(topic, dead).open()
    assert described(topic.name) == (2, {"cleanup.policy": "compact"})
    assert described(dead.name) == (1, {"cleanup.policy": "delete", "retention.ms": "3600000"})


@pytest.mark.gen_test(timeout=60)
async def test_another_number_of_partitions_is_refused(make_log: MakeLog, topic: Topic) -> None:
    await make_log(topic).open()
    with pytest.raises(StoreRefused, match=r"2 partitions, but the profile says 3: set"):
        await make_log(Topic(topic.name, 3)).open()


@pytest.mark.gen_test(timeout=60)
async def test_partitions_that_are_added_count_and_are_warned_of_once(
    make_log: MakeLog, topic: Topic, caplog: pytest.LogCaptureFixture
) -> None:
    log = make_log(topic)
    await log.open()
    admin = KafkaAdminClient(bootstrap_servers=BROKER)
    admin.create_partitions({topic.name: 3})
    admin.close()
    producer = KafkaProducer(bootstrap_servers=BROKER)
    producer.send(topic.name, b"{}", b"key", partition=2).get(timeout=20)
    producer.close()
    assert [await log.lag(topic.name, "group") for _ in range(2)] == [1, 1]
    [warning] = [each for each in caplog.messages if "partitions" in each]
    assert "now has 3 partitions, but the profile says 2: set events.partitions to 3" in warning


@pytest.mark.gen_test(timeout=60)
async def test_a_topic_that_is_made_anew_with_fewer_partitions_is_refused(
    make_log: MakeLog, topic: Topic
) -> None:
    log = make_log(topic)
    await log.open()
    await log.publish(topic.name, numbered(50))
    remove([topic.name])
    with closing(administrator()) as admin:
        admin.create_topics({topic.name: {"num_partitions": 1, "replication_factor": 1}})
    messages = [each for each in numbered(50) if partition_of(each.partition_key, 2) == 1]
    with pytest.raises(StoreRefused, match="now has only 1 partitions, but the profile says 2"):
        async with asyncio.timeout(50):
            while True:
                with suppress(StoreUnavailable):
                    await log.publish(topic.name, messages)
    remove([topic.name])
    await published(log, topic.name, messages)
    assert described(topic.name)[0] == 2


@pytest.mark.gen_test(timeout=60)
async def test_another_policy_and_fewer_replicas_are_refused_in_one_message(
    make_log: MakeLog, topic: Topic
) -> None:
    await make_log(Topic(topic.name, 2, compacted=False)).open()
    with pytest.raises(StoreRefused) as error:
        await make_log(Topic(topic.name, 2, replication=9)).open()
    assert "cleanup.policy=delete but needs compact" in str(error.value)
    assert "replicas, but the profile says 9" in str(error.value)


@pytest.mark.gen_test(timeout=60)
async def test_more_replicas_than_brokers_are_refused_in_the_brokers_words(
    make_log: MakeLog, topic: Topic
) -> None:
    with pytest.raises(StoreRefused) as error:
        await make_log(Topic(topic.name, replication=99)).open()
    said = str(error.value)
    assert said.startswith(f"Kafka {BROKER}: the topic {topic.name} cannot be created: Unable to")
    assert said.endswith("; set events.replication to at most the number of brokers")
    assert "Request" not in said


@pytest.mark.gen_test(timeout=60)
async def test_settings_that_lose_something_are_refused(make_log: MakeLog, topic: Topic) -> None:
    dead = Topic(f"{topic.name}.dead", 1, retention=3600.0, compacted=False)
    await make_log(topic, dead).open()
    configure(topic.name, {"message.timestamp.type": "CreateTime", "retention.ms": "1"})
    with pytest.raises(StoreRefused, match="type=CreateTime but needs LogAppendTime: kafka-c"):
        await make_log(topic).open()
    configure(topic.name, {"message.timestamp.type": "LogAppendTime", "min.compaction.lag.ms": "0"})
    with pytest.raises(StoreRefused, match=r"lag.ms=0 but needs 604800000: kafka-configs"):
        await make_log(topic).open()
    configure(dead.name, {"max.message.bytes": "100", "retention.ms": "-1"})
    with pytest.raises(StoreRefused, match=r"max.message.bytes=100 but needs 2097152"):
        await make_log(dead).open()
    configure(dead.name, {"max.message.bytes": "9000000", "retention.ms": "3599999"})
    with pytest.raises(StoreRefused, match=r"retention.ms=3599999 but needs 3600000"):
        await make_log(dead).open()


def configure(name: str, settings: dict[str, str]) -> None:
    """Set a topic's settings."""
    admin = KafkaAdminClient(bootstrap_servers=BROKER)
    try:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=settings)])
    finally:
        admin.close()
