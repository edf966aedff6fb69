"""The engine for the event log on several machines: Apache Kafka, through kafka-python.

URLs: ``kafka://host:port[,host:port…][?security_protocol=SASL_SSL&…]``; the parameters are those of
``movieserver.backends.kafka.address``. User and password of SASL may stand before the hosts.
"""

from collections.abc import Sequence

from movieserver.backends.backend import Backend, StoreContext
from movieserver.backends.event_log import EventLog, Topic
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.event_log import KafkaEventLog


class KafkaBackend(Backend):
    """Makes event logs."""

    name = "kafka"

    def event_log(self, url: str, context: StoreContext, topics: Sequence[Topic]) -> EventLog:
        return KafkaEventLog(Address.of(url), context.clock, context.timeout, topics)


backend = KafkaBackend()
