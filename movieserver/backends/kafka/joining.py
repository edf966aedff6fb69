"""A kafka-python consumer that takes part in a group."""

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.clients import create_client
from movieserver.backends.kafka.fetched import FETCHED, ISOLATION
from movieserver.backends.kafka.probe import probe

SESSION, HEARTBEAT = 10.0, 1.0
"""Seconds without a heartbeat after which a member counts as dead, and seconds between two."""
REFRESH = 30.0
"""Seconds within which a member learns of partitions that were added; the driver takes minutes."""


def joined(
    address: Address, timeout: float, place: tuple[str, str], listener: ConsumerRebalanceListener
) -> KafkaConsumer:
    """A consumer of the topic and group that ``place`` names, ready to be polled. Blocks."""
    topic, group = place
    probe(address, timeout)
    consumer = create_client(
        KafkaConsumer,
        **address.client(timeout),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        isolation_level=ISOLATION,
        partition_assignment_strategy=[CooperativeStickyAssignor],
        session_timeout_ms=int(SESSION * 1000),
        heartbeat_interval_ms=int(HEARTBEAT * 1000),
        metadata_max_age_ms=int(REFRESH * 1000),
        fetch_max_bytes=FETCHED,
        max_partition_fetch_bytes=FETCHED,
        metrics_enabled=False,
    )
    try:
        consumer.subscribe([topic], listener=listener)
        # A leader that does not know the partitions yet would assign none, for minutes.
        consumer.partitions_for_topic(topic)
    except BaseException:
        consumer.close(autocommit=False, timeout_ms=int(timeout * 1000))
        raise
    return consumer
