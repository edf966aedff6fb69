"""A topic as brokers tell of it that have not all heard of it yet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import NotCoordinatorError, UnknownTopicOrPartitionError

from movieserver.backends.event_log import Topic
from movieserver.backends.kafka.failures import patiently
from movieserver.backends.kafka.topics import ensure, lag, layout
from movieserver.errors import StoreRefused

TOPIC = Topic("movie_rate_topic", partitions=2, replication=1)
SETTINGS = {
    "cleanup.policy": "compact",
    "message.timestamp.type": "LogAppendTime",
    "min.compaction.lag.ms": "604800000",
}


class LateBroker:
    """What answers in the place of a broker that knows the topic after some questions only."""

    def __init__(self, ignorant_of_partitions: int, ignorant_of_settings: int) -> None:
        self.partitions = iter([False] * ignorant_of_partitions + [True] * 9)
        self.settings = iter([False] * ignorant_of_settings + [True] * 9)

    def list_topics(self) -> list[str]:
        return [TOPIC.name]

    def wait_for_topics(self, names: Sequence[str], timeout_ms: int) -> None:
        """Another broker knows it."""

    def describe_topics(self, names: Sequence[str]) -> list[dict[str, Any]]:
        if next(self.partitions):
            partitions = [{"replica_nodes": [1]}] * TOPIC.partitions
            return [{"name": TOPIC.name, "error_code": 0, "partitions": partitions}]
        return [{"name": TOPIC.name, "error_code": 3, "partitions": []}]

    def describe_configs(self, resources: Sequence[Any], config_filter: str) -> dict[str, Any]:
        known = SETTINGS if next(self.settings) else {}
        return {"topic": {TOPIC.name: {name: {"value": value} for name, value in known.items()}}}


class MovedCoordinator:
    """What answers as the driver's admin client, which remembers a coordinator for ever."""

    def __init__(self, first: int, now: int) -> None:
        self._manager = SimpleNamespace(cluster=SimpleNamespace(_coordinators={"group": first}))
        self._now = now

    def list_group_offsets(self, wanted: Mapping[str, Sequence[TopicPartition]]) -> dict[str, Any]:
        if self._manager.cluster._coordinators.setdefault("group", self._now) != self._now:
            raise NotCoordinatorError
        return {"group": {place: SimpleNamespace(offset=3) for place in wanted["group"]}}

    def list_partition_offsets(self, wanted: Mapping[TopicPartition, OffsetSpec]) -> dict[Any, Any]:
        offsets = {OffsetSpec.EARLIEST: 0, OffsetSpec.LATEST: 5}
        return {place: SimpleNamespace(offset=offsets[spec]) for place, spec in wanted.items()}


def ensured(broker: LateBroker, topic: Topic = TOPIC) -> None:
    ensure(cast(KafkaAdminClient, broker), [topic], "kafka://here", 1.0)


@pytest.mark.parametrize("broker", [LateBroker(1, 0), LateBroker(0, 1)])
def test_a_broker_that_has_not_heard_of_a_topic_is_worth_another_try(broker: LateBroker) -> None:
    with pytest.raises(UnknownTopicOrPartitionError):
        ensured(broker)


def test_a_topic_is_checked_once_the_broker_knows_it() -> None:
    broker = LateBroker(2, 2)
    patiently(lambda: ensured(broker), 60.0)
    assert next(broker.partitions), "asked again until it was told"


def test_other_settings_are_refused_with_the_mend() -> None:
    more = Topic(TOPIC.name, partitions=4, replication=1)
    with pytest.raises(StoreRefused, match="2 partitions, but the profile says 4"):
        ensured(LateBroker(0, 0), more)


def test_a_topic_is_made_so_that_consumers_read_what_compaction_removes() -> None:
    hour = Topic(TOPIC.name, retention=3600.0)
    assert layout(hour)["configs"]["min.compaction.lag.ms"] == "3600000"
    dead = Topic("dead", retention=3600.0, compacted=False)
    assert "min.compaction.lag.ms" not in layout(dead)["configs"]


def test_a_topic_that_is_compacted_early_is_refused() -> None:
    ensured(LateBroker(0, 0))
    longer = replace(TOPIC, retention=14 * 86_400.0)
    with pytest.raises(StoreRefused, match=r"lag.ms=604800000 but needs 1209600000") as refused:
        ensured(LateBroker(0, 0), longer)
    assert f"--alter --topic {TOPIC.name} --add-config min.comp" in str(refused.value)


def test_the_lag_is_known_again_after_the_coordinator_has_moved() -> None:
    admin = cast(KafkaAdminClient, MovedCoordinator(first=1, now=2))
    assert patiently(lambda: lag(admin, TOPIC.name, 2, "group"), 1.0) == 2 * (5 - 3)
