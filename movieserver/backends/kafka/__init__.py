"""The engine for the event log on several machines: Apache Kafka, through kafka-python.

URLs: ``kafka://[user:password@]host:port[,host:port…][?parameter=value&…]``.

``security_protocol``
    PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; by default SASL_SSL with a user, else PLAINTEXT.
``sasl_mechanism``
    PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (default).
``password_file``
    A file with the password, instead of the one in the URL.
``ssl_cafile``
    A file with the certificates to trust, instead of the system's.
``ssl_certfile``, ``ssl_keyfile``
    The client's own certificate and its key, if the brokers demand one.
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
