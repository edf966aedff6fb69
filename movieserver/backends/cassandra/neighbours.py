"""The buckets of other processes; those of a dead or stalled process have to be swept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from movieserver.backends.cassandra.buckets import LONGEST
from movieserver.backends.cassandra.registry import Registry, Span
from movieserver.clock import Clock

RECENT = 2
"""How many of its last buckets a working process is expected to announce itself."""


@dataclass(slots=True)
class Neighbour:
    """Another process, as this one has seen it."""

    span: Span
    since: float
    """When the row was first seen or last seen to change, in the clock's monotonic seconds."""
    moves: bool = False
    """Whether the row was seen to change."""


class Neighbours:
    """The other processes; one is *overdue* once its row rests for longer than a put can take.

    This process measures that time; other clocks do not matter. A process that sweeps another's
    buckets updates that other's row, so that the rest leave the buckets alone.
    """

    def __init__(self, registry: Registry, clock: Clock, longest_put: float) -> None:
        """Take ``longest_put``, the most seconds that a put may be under way."""
        self._registry = registry
        self._clock = clock
        self._patience = LONGEST + longest_put
        self._all: dict[int, Neighbour] = {}

    def see(self, spans: Mapping[int, Span]) -> None:
        """Note the rows as they are now."""
        now = self._clock.monotonic()
        for gone in self._all.keys() - spans.keys():
            del self._all[gone]
        for process, span in spans.items():
            known = self._all.get(process)
            if known is None:
                self._all[process] = Neighbour(span, now)
            elif known.span != span:
                # May go back: a process that stalled may have put into buckets after their sweep.
                known.span, known.since, known.moves = span, now, True

    def overdue(self, grace: float) -> Iterator[int]:
        """The unswept buckets of overdue processes, the oldest of each process first.

        With a ``grace``, only processes overdue for that many seconds count; without, all do.
        """
        due = [each for each in self._all.values() if grace <= 0 or self._rests(each, grace)]
        return chain.from_iterable(range(each.span.first, each.span.last + 1) for each in due)

    def spans(self) -> list[Span]:
        """The spans in which rates of other processes may be pending."""
        return [
            Span(each.span.first, each.span.last - (RECENT if self._is_at_work(each) else 0))
            for each in self._all.values()
        ]

    async def swept(self, process: int, bucket: int) -> None:
        """Move an overdue process past ``bucket``, in the registry too. Raises ``StoreError``."""
        known = self._all.get(process)
        if known is not None and known.span.first <= bucket and self._rests(known):
            await self._registry.move(bucket + 1, process)
            known.span = Span(bucket + 1, known.span.last)

    def is_overdue(self, process: int) -> bool:
        """Whether ``process`` is overdue, and so presumably puts nothing more into its buckets."""
        known = self._all.get(process)
        return known is not None and self._rests(known)

    def _rests(self, each: Neighbour, grace: float = 0.0) -> bool:
        return self._clock.monotonic() - each.since >= self._patience + grace

    def _is_at_work(self, each: Neighbour) -> bool:
        return each.moves and self._clock.monotonic() - each.since < self._patience
