"""Creating topics, checking existing ones, and how far a group is behind in one. All block."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    KafkaTimeoutError,
    NoError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from movieserver.backends.event_log import Topic, no_such_topic
from movieserver.backends.kafka.publisher import LARGEST
from movieserver.errors import StoreRefused

POLICY, RETENTION, UNTOUCHED = "cleanup.policy", "retention.ms", "min.compaction.lag.ms"
DESCRIBE = "let this user describe it"
SAFE = {"unclean.leader.election.enable": "false"}
"""Settings of a topic that is created here: a replica that lacks records must not become leader."""


def ensure(admin: KafkaAdminClient, topics: Sequence[Topic], label: str, timeout: float) -> None:
    """Create absent topics; ``StoreRefused`` for one that is unfit, or must not be created.

    Raises a retriable error if the broker that was asked has not heard yet of a topic that another
    broker created.
    """
    for topic in missing(admin, topics):
        if not topic.create:
            raise StoreRefused(f"{label}: {no_such_topic(topic)}, or {DESCRIBE}")
        make(admin, topic)
    names = [topic.name for topic in topics]
    try:
        admin.wait_for_topics(names, timeout_ms=int(timeout * 1000))
    except KafkaTimeoutError:
        _partitions(admin, names)  # the driver waits for a topic that it is not allowed to see, too
        raise
    partitions, settings = _partitions(admin, names), _settings(admin, names)
    for topic in topics:
        differences = [
            *_sizes(topic, partitions[topic.name]),
            *_unfit(topic, settings[topic.name]),
        ]
        if differences:
            raise StoreRefused(f"{label}: the topic {topic.name} has {'; '.join(differences)}")


def check_partitions(admin: KafkaAdminClient, topics: Sequence[Topic], label: str) -> None:
    """Raise ``StoreRefused`` for a topic that has lost partitions: somebody made it anew."""
    found = _partitions(admin, [topic.name for topic in topics])
    for topic in topics:
        if (number := len(found[topic.name])) < topic.partitions:
            raise StoreRefused(
                f"{label}: the topic {topic.name} now has only {number} partitions, but the "
                f"profile says {topic.partitions}: delete it, and it is created again"
            )


def missing(admin: KafkaAdminClient, topics: Iterable[Topic]) -> list[Topic]:
    """Those of ``topics`` that are absent."""
    present = set(admin.list_topics())
    return [topic for topic in topics if topic.name not in present]


def make(admin: KafkaAdminClient, topic: Topic) -> None:
    """Create a topic, unless another process was faster."""
    [made] = admin.create_topics({topic.name: layout(topic)}, raise_errors=False)["topics"]
    error = for_code(made["error_code"])
    if error is TopicAuthorizationFailedError:
        # Not the right to read or to write it, which this error stands for elsewhere.
        error = ClusterAuthorizationFailedError
    if error not in (NoError, TopicAlreadyExistsError):
        # The broker's own words; the driver's error shows the raw request and answer.
        raise error(f"the topic {topic.name} cannot be created: {made['error_message']}")


def count(admin: KafkaAdminClient, topic: str) -> int:
    """How many partitions a topic has now: an operator may add some at any time."""
    return len(_partitions(admin, [topic])[topic])


def lag(admin: KafkaAdminClient, topic: str, partitions: int, group: str) -> int:
    """How many records, of those still there, come after the ones that the group committed."""
    places = [TopicPartition(topic, number) for number in range(partitions)]
    committed = _committed(admin, places, group)
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    starts = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
    total = 0
    for place in places:
        start, end = starts[place].offset, ends[place].offset
        # The offset is -1 if the group has committed nothing in the partition. An offset beyond the
        # end belongs to an earlier topic of this name.
        done = committed[place].offset if place in committed else -1
        total += end - (done if start <= done <= end else start)
    return total


def _committed(admin: KafkaAdminClient, places: Sequence[TopicPartition], group: str) -> Any:
    """What a group has committed in ``places``, where it has committed anything."""
    try:
        found: dict[str, Any] = admin.list_group_offsets({group: list(places)})
    except KafkaError:
        # The driver would ask the broker that it found at first for ever, but a group's coordinator
        # moves when a broker ends.
        admin._manager.cluster._coordinators.clear()
        raise
    return found[group]


def layout(topic: Topic) -> dict[str, Any]:
    """The layout and settings that a topic is created with."""
    least = {name: str(number) for name, number in _least(topic).items()}
    return {
        "num_partitions": topic.partitions,
        "replication_factor": topic.replication,
        "configs": _exact(topic) | SAFE | {RETENTION: str(_milliseconds(topic))} | least,
    }


def _exact(topic: Topic) -> dict[str, str]:
    """Settings that must have one certain value."""
    # A record's time is when the log took it, whatever its producer's clock says.
    return {POLICY: _policy(topic), "message.timestamp.type": "LogAppendTime"}


def _least(topic: Topic) -> dict[str, int]:
    """Settings that must have at least a certain value."""
    # Compaction keeps the last record of each key, which need not be its newest state.
    least = {UNTOUCHED: _milliseconds(topic)}
    if not topic.compacted:
        # Dead letters: anything that the topic of events takes, plus headers that say why.
        least = {"max.message.bytes": LARGEST, RETENTION: _milliseconds(topic)}
    if topic.replication > 2:
        least["min.insync.replicas"] = 2
    return least


def _milliseconds(topic: Topic) -> int:
    return int(topic.retention * 1000)


def _policy(topic: Topic) -> str:
    """What brokers remove: records replaced by a later one of their key, or old records."""
    return "compact" if topic.compacted else "delete"


def _partitions(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Every topic's partitions, from a broker that may not be the one ``ensure`` waited for."""
    described = admin.describe_topics(names)
    for topic in described:
        if topic["error_code"]:
            raise for_code(topic["error_code"])(topic["name"])
    return {topic["name"]: topic["partitions"] for topic in described}


def _settings(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Every topic's settings."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found = admin.describe_configs(resources, config_filter="all")["topic"]
    for name in names:
        if POLICY not in found[name]:  # the driver drops the broker's error
            raise UnknownTopicOrPartitionError(
                f"the broker does not show the settings of {name}; {DESCRIBE}, with its settings"
            )
    return {name: {key: setting["value"] for key, setting in found[name].items()} for name in names}


def _sizes(topic: Topic, partitions: Sequence[Any]) -> list[str]:
    """What is wrong with the numbers of partitions and replicas, each with its remedy."""
    found = []
    if len(partitions) != topic.partitions:
        found.append(
            f"{len(partitions)} partitions, but the profile says {topic.partitions}: "
            f"set events.partitions to {len(partitions)}"
        )
    copies = min(len(partition["replica_nodes"]) for partition in partitions)
    if copies < topic.replication:
        found.append(
            f"{copies} replicas, but the profile says {topic.replication}: "
            f"set events.replication to {copies}, or reassign its partitions"
        )
    return found


def _unfit(topic: Topic, settings: Mapping[str, str]) -> list[str]:
    """What is wrong with a topic's settings, each with its remedy."""
    wanted = {name: value for name, value in _exact(topic).items() if settings[name] != value} | {
        name: str(number)
        for name, number in _least(topic).items()
        # -1 means no limit.
        if 0 <= int(settings[name]) < number
    }
    return [
        f"{name}={settings[name]} but needs {value}: kafka-configs.sh --alter --topic {topic.name} "
        f"--add-config {name}={value}"
        for name, value in wanted.items()
    ]
