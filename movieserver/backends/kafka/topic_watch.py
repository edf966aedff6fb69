"""Whether a topic exists, and is still the one that a member of a group joined."""

import time

from kafka import KafkaConsumer


class TopicWatch:
    """Sees a topic go and come back, in the metadata that the driver gets anyway.

    A topic that was deleted and created again has the old one's name, but neither its records nor
    its offsets. If it was away too briefly for the driver to notice, the driver would go on at the
    old offsets.
    """

    def __init__(self, consumer: KafkaConsumer, topic: str) -> None:
        """Start from the topic as the consumer knows it."""
        self._consumer = consumer
        self._topic = topic
        self._gone_at: float | None = None
        self.incarnation = self._now()

    def is_here(self) -> bool:
        """Whether the topic exists and is still the same one."""
        return self._exists() and self._now() == self.incarnation

    def is_another(self) -> bool:
        """Whether another topic of that name exists."""
        return self._exists() and self._now() != self.incarnation

    def gone_for(self) -> float:
        """Seconds since a call first found no topic; 0 while there is one."""
        if self._exists():
            self._gone_at = None
            return 0.0
        now = time.monotonic()
        self._gone_at = now if self._gone_at is None else self._gone_at
        return now - self._gone_at

    def _exists(self) -> bool:
        return bool(self._consumer._cluster.partitions_for_topic(self._topic))

    def _now(self) -> str:
        """The topic's id; empty if there is no topic, or if brokers give none (before 2.8)."""
        return str(self._consumer._cluster.topic_id(self._topic) or "")
