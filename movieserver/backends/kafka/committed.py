"""How far a group is, as one of its members knows."""

import time
from collections.abc import Collection

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition

DISTRUST = 60.0
"""Seconds in which every member has noticed that the topic is another one."""


class Committed(ConsumerRebalanceListener):  # type: ignore[misc]
    """How far the group is in the partitions of a member, found without asking the broker.

    What a member fetches first of a partition that it was given is where the group is. Asking would
    hold up a rebalance: the question waits behind the member's own wish to join, whose answer
    kafka-python throws away when it comes between two polls, and it wishes to join again.
    """

    def __init__(self) -> None:
        self._offsets: dict[int, int] = {}
        self._distrusts: KafkaConsumer | None = None
        self._until = 0.0

    def distrust(self, consumer: KafkaConsumer) -> None:
        """Have ``consumer`` read what it is given from the first record on, for a while.

        Its topic is another one than before, and what the group has committed in it may be an
        offset of the old one, by a member that had not noticed.
        """
        self._distrusts = consumer
        self._until = time.monotonic() + DISTRUST

    def note(self, partition: int, offset: int) -> None:
        """Records from ``offset`` on were fetched."""
        self._offsets.setdefault(partition, offset)

    def forward(self, offsets: dict[int, int]) -> dict[int, int]:
        """Those of ``offsets`` that move the group forward.

        A partition of which nothing was fetched since it was given is not among them: its records
        are of an earlier time, and will come again.
        """
        known = self._offsets
        return {p: offset for p, offset in offsets.items() if p in known and offset > known[p]}

    def moved(self, offsets: dict[int, int]) -> None:
        """The group is at ``offsets`` now."""
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
