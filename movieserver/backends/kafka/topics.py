"""Making topics, checking those that are there, and how far a group is behind in one. All block."""

from collections.abc import Sequence
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from movieserver.backends.event_log import Topic, absent
from movieserver.backends.kafka.publisher import LARGEST
from movieserver.errors import StoreRefused

POLICY = "cleanup.policy"


def ensure(admin: KafkaAdminClient, topics: Sequence[Topic], place: str, timeout: float) -> None:
    """Make the topics that are absent; ``StoreRefused`` for one with other settings.

    Raises an error that is worth another try when the broker that was asked has not heard yet
    of a topic that another one made.
    """
    present = set(admin.list_topics())
    for topic in topics:
        if topic.name not in present:
            if not topic.made:
                raise StoreRefused(f"{place}: {absent(topic)}")
            try:
                admin.create_topics({topic.name: layout(topic)})
            except TopicAlreadyExistsError:
                continue  # another process was faster
    names = [topic.name for topic in topics]
    admin.wait_for_topics(names, timeout_ms=int(timeout * 1000))
    partitions, policies = _partitions(admin, names), _policies(admin, names)
    for topic in topics:
        differences = _differences(topic, partitions[topic.name], policies[topic.name])
        if differences:
            raise StoreRefused(f"{place}: the topic {topic.name} has {'; '.join(differences)}")


def lag(admin: KafkaAdminClient, topic: str, partitions: int, group: str) -> int:
    """How many records come after those that the group has committed, and are still there."""
    places = [TopicPartition(topic, number) for number in range(partitions)]
    committed = admin.list_group_offsets({group: places})[group]
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    starts = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
    total = 0
    for place in places:
        start = starts[place].offset
        # A partition that the group has not committed in has the offset -1.
        done = max(start, committed[place].offset) if place in committed else start
        total += ends[place].offset - done
    return total


def layout(topic: Topic) -> dict[str, Any]:
    """How a topic is made."""
    configs = {
        POLICY: _policy(topic),
        "retention.ms": str(int(topic.retention * 1000)),
        # A record's time is when the log took it, whatever clock its producer has.
        "message.timestamp.type": "LogAppendTime",
    }
    if not topic.compacted:
        # Dead letters: what the topic of events takes, with headers that say why.
        configs["max.message.bytes"] = str(LARGEST)
    if topic.replication > 2:
        configs["min.insync.replicas"] = "2"
    return {
        "num_partitions": topic.partitions,
        "replication_factor": topic.replication,
        "configs": configs,
    }


def _policy(topic: Topic) -> str:
    """What the brokers remove: what a later record of its key replaced, or what is old."""
    return "compact" if topic.compacted else "delete"


def _partitions(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Every topic's partitions, of a broker that need not be the one that ``ensure`` waited for."""
    described = admin.describe_topics(names)
    for topic in described:
        if topic["error_code"]:
            raise for_code(topic["error_code"])(topic["name"])
    return {topic["name"]: topic["partitions"] for topic in described}


def _policies(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, str]:
    """Every topic's clean-up policy."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found = admin.describe_configs(resources, config_filter="all")["topic"]
    for name in names:
        if POLICY not in found[name]:  # the driver drops the broker's error
            raise UnknownTopicOrPartitionError(
                f"the broker does not tell the settings of {name}: let this user describe them"
            )
    return {name: found[name][POLICY]["value"] for name in names}


def _differences(topic: Topic, partitions: Sequence[Any], policy: str) -> list[str]:
    """What keeps a topic from being what the profile says, each with the mend."""
    found = []
    if len(partitions) != topic.partitions:
        found.append(
            f"{len(partitions)} partitions and the profile says {topic.partitions}: "
            f"set events.partitions to {len(partitions)}"
        )
    copies = min(len(partition["replica_nodes"]) for partition in partitions)
    if copies < topic.replication:
        found.append(
            f"{copies} replicas and the profile says {topic.replication}: "
            f"set events.replication to {copies}, or reassign its partitions"
        )
    if policy != _policy(topic):
        found.append(
            f"{POLICY}={policy} and needs {_policy(topic)}: kafka-configs.sh --alter "
            f"--topic {topic.name} --add-config {POLICY}={_policy(topic)}"
        )
    return found
