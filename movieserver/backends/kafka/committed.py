"""How far a group has got, as one of its members knows."""

import time
from collections.abc import Collection

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition

DISTRUST = 60.0
"""Seconds within which every member notices that the topic was replaced."""


class Committed(ConsumerRebalanceListener):  # type: ignore[misc]
    """How far the group is in a member's partitions, found without asking the broker.

    The first offset that a member fetches from a partition it was given is the group's offset.
    Asking would hold up a rebalance: the question waits behind the member's own request to join,
    and if the answer to that request comes between two polls, kafka-python discards it and asks to
    join again.
    """

    def __init__(self) -> None:
        self._offsets: dict[int, int] = {}
        self._distrusts: KafkaConsumer | None = None
        self._until = 0.0

    def distrust(self, consumer: KafkaConsumer) -> None:
        """Have ``consumer`` read partitions that it is given from their first record, for a while.

        Its topic was replaced. The offset that the group has committed in it may be one of the old
        topic, committed by a member that had not noticed.
        """
        self._distrusts = consumer
        self._until = time.monotonic() + DISTRUST

    def note(self, partition: int, offset: int) -> None:
        """Note that records from ``offset`` on were fetched."""
        self._offsets.setdefault(partition, offset)

    def forward(self, offsets: dict[int, int]) -> dict[int, int]:
        """Those of ``offsets`` that move the group forward.

        Leaves out a partition from which nothing was fetched since the member was given it: its
        records date from an earlier assignment, and will come again.
        """
        known = self._offsets
        return {p: offset for p, offset in offsets.items() if p in known and offset > known[p]}

    def moved(self, offsets: dict[int, int]) -> None:
        """Note that the group is at ``offsets`` now."""
        self._offsets |= offsets

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._forget(assigned)
        if self._distrusts is not None and time.monotonic() < self._until:
            self._distrusts.seek_to_beginning(*assigned)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self._forget(revoked)

    def _forget(self, places: Collection[TopicPartition]) -> None:
        for place in places:
            self._offsets.pop(place.partition, None)
