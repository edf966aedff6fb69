"""Whether a topic is there, and still the one that a member of a group joined for."""

import time

from kafka import KafkaConsumer


class TopicWatch:
    """Sees a topic go and come again in what the driver is told of it anyway.

    A topic that was deleted and made again has the old one's name and nothing else of it: neither
    its records nor its offsets. The driver would go on at the old ones where it was away for so
    short a time that it did not miss it.
    """

    def __init__(self, consumer: KafkaConsumer, topic: str) -> None:
        """Begin with the topic as the consumer knows it."""
        self._consumer = consumer
        self._topic = topic
        self._gone_at: float | None = None
        self.incarnation = self._now()

    def is_here(self) -> bool:
        """Whether the topic is there, and no other one."""
        return self._exists() and self._now() == self.incarnation

    def is_another(self) -> bool:
        """Whether there is another topic of that name."""
        return self._exists() and self._now() != self.incarnation

    def gone_for(self) -> float:
        """For how many seconds there has been none, as often as that was asked."""
        if self._exists():
            self._gone_at = None
            return 0.0
        now = time.monotonic()
        self._gone_at = now if self._gone_at is None else self._gone_at
        return now - self._gone_at

    def _exists(self) -> bool:
        return bool(self._consumer._cluster.partitions_for_topic(self._topic))

    def _now(self) -> str:
        """The topic's id, empty while there is none, or where brokers tell none (before 2.8)."""
        return str(self._consumer._cluster.topic_id(self._topic) or "")
