"""What is said of a user who lacks a right in Kafka."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError, KafkaTimeoutError

from movieserver.backends.event_log import Topic
from movieserver.backends.kafka.failures import failure, translated
from movieserver.backends.kafka.topics import ensure
from movieserver.errors import StoreRefused

TOPIC = Topic("movie_rate_topic")
DENIED = 29


class StrictBroker:
    """What answers in the place of a broker that shows the user no topic."""

    def __init__(self, may_create: bool) -> None:
        self._made = {"error_code": 0 if may_create else DENIED, "error_message": "Denied"}

    def list_topics(self) -> list[str]:
        return []

    def create_topics(
        self, topics: dict[str, Any], raise_errors: bool
    ) -> dict[str, list[dict[str, Any]]]:
        return {"topics": [self._made for _ in topics]}

    def wait_for_topics(self, names: Sequence[str], timeout_ms: int) -> None:
        raise KafkaTimeoutError("Topics not ready")

    def describe_topics(self, names: Sequence[str]) -> list[dict[str, Any]]:
        return [{"name": name, "error_code": DENIED, "partitions": []} for name in names]


@pytest.mark.parametrize(
    ("topic", "may_create", "message"),
    [
        (TOPIC, False, "cannot be created: Denied; let this user create topics, or create them"),
        (TOPIC, True, "movie_rate_topic; let this user read and write the topic"),
        (Topic(TOPIC.name, create=False), True, "start a server first, or let this user describe"),
    ],
)
def test_a_topic_that_the_user_may_not_make_or_see(
    topic: Topic, may_create: bool, message: str
) -> None:
    broker = cast(KafkaAdminClient, StrictBroker(may_create))
    with pytest.raises(StoreRefused) as refused, translated("Kafka here"):
        ensure(broker, [topic], "Kafka here", 0.1)
    said = str(refused.value)
    assert said.startswith("Kafka here: ")
    assert message in said


def test_a_user_who_may_write_no_topic() -> None:
    said = "Unexpected error in InitProducerIdResponse: [Error 31] ClusterAuthorizationFailedError"
    refused = failure(KafkaError(said), "Kafka here")
    assert isinstance(refused, StoreRefused)
    assert str(refused).endswith("; let this user write the topic")
