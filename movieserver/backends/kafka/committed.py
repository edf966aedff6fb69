"""How far a group is, as one of its members knows."""

from collections.abc import Collection

from kafka import ConsumerRebalanceListener, TopicPartition


class Committed(ConsumerRebalanceListener):  # type: ignore[misc]
    """How far the group is in the partitions of a member, found without asking the broker.

    What a member fetches first of a partition that it was given is where the group is. Asking would
    hold up a rebalance: the question waits behind the member's own wish to join, whose answer
    kafka-python throws away when it comes between two polls, and it wishes to join again.
    """

    def __init__(self) -> None:
        self._offsets: dict[int, int] = {}

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

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self._forget(revoked)

    def _forget(self, places: Collection[TopicPartition]) -> None:
        for place in places:
            self._offsets.pop(place.partition, None)
