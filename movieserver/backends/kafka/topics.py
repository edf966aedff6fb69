"""Making topics, and checking those that are there."""

from collections.abc import Sequence
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import TopicAlreadyExistsError

from movieserver.backends.event_log import Topic
from movieserver.errors import StoreRefused

POLICY = "cleanup.policy"


def ensure(admin: KafkaAdminClient, topics: Sequence[Topic], place: str, timeout: float) -> None:
    """Make the topics that are absent; ``StoreRefused`` for one with other settings. Blocks."""
    present = set(admin.list_topics())
    for topic in topics:
        if topic.name not in present:
            try:
                admin.create_topics({topic.name: layout(topic)})
            except TopicAlreadyExistsError:
                continue  # another process was faster
    admin.wait_for_topics([topic.name for topic in topics], timeout_ms=int(timeout * 1000))
    for topic in topics:
        check(admin, topic, place)


def layout(topic: Topic) -> dict[str, Any]:
    """How a topic is made."""
    configs = {POLICY: policy(topic), "retention.ms": str(int(topic.retention * 1000))}
    if topic.replication > 2:
        configs["min.insync.replicas"] = "2"
    return {
        "num_partitions": topic.partitions,
        "replication_factor": topic.replication,
        "configs": configs,
    }


def policy(topic: Topic) -> str:
    """What the brokers remove: what a later record of its key replaced, or what is old."""
    return "compact" if topic.compacted else "delete"


def check(admin: KafkaAdminClient, topic: Topic, place: str) -> None:
    """Raise ``StoreRefused`` where a topic is not what the profile says."""
    [described] = admin.describe_topics([topic.name])
    partitions = len(described["partitions"])
    if partitions != topic.partitions:
        raise StoreRefused(
            f"{place}: the topic {topic.name} has {partitions} partitions and the profile says "
            f"{topic.partitions}: set events.partitions to {partitions}"
        )
    resource = ConfigResource(ConfigResourceType.TOPIC, topic.name)
    configs = admin.describe_configs([resource], config_filter="all")
    found = _value(configs, topic.name)
    if found != policy(topic):
        raise StoreRefused(
            f"{place}: the topic {topic.name} has {POLICY}={found} and needs {policy(topic)}: "
            f"kafka-configs.sh --alter --topic {topic.name} --add-config {POLICY}={policy(topic)}"
        )


def _value(configs: Any, name: str) -> str | None:
    for topics in configs.values():
        entry = topics.get(name, {}).get(POLICY)
        if entry is not None:
            return str(entry["value"] if isinstance(entry, dict) else entry)
    return None
