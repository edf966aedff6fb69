"""The buckets of other processes: those of the dead and the stalled have to be swept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from movieserver.backends.cassandra.buckets import LONGEST
from movieserver.backends.cassandra.registry import Registry, Span
from movieserver.clock import Clock

RECENT = 2
"""Last buckets of a process that is at work which it has the time to announce itself."""


@dataclass(slots=True)
class Neighbour:
    """Another process, as this one has seen it."""

    span: Span
    since: float
    """Since when it is seen so, by the clock's monotonic seconds."""
    moves: bool = False
    """Whether it was seen to move."""
    first: int = 0
    """Where this process goes on with its buckets."""


class Neighbours:
    """A process is *overdue* when its row stands still for longer than any put of its own may take.

    Only the passing of time here counts, not what anybody's clock shows. Whoever sweeps a process
    moves its row along, so that others leave it alone.
    """

    def __init__(self, registry: Registry, clock: Clock, longest_put: float) -> None:
        """Take, in seconds, how long a put may be under way."""
        self._registry = registry
        self._clock = clock
        self._patience = LONGEST + longest_put
        self._all: dict[int, Neighbour] = {}

    def see(self, spans: Mapping[int, Span]) -> None:
        """Take the rows as they are now."""
        now = self._clock.monotonic()
        for gone in self._all.keys() - spans.keys():
            del self._all[gone]
        for process, span in spans.items():
            known = self._all.get(process)
            if known is None:
                self._all[process] = Neighbour(span, now, first=span.first)
            elif known.span != span:
                # Back as well: one that stood still may have put into buckets that were swept then.
                known.span, known.since, known.moves, known.first = span, now, True, span.first

    def overdue(self, grace: float) -> Iterator[int]:
        """The buckets of overdue processes that are not swept yet, oldest of each first.

        Without a ``grace`` those of all processes.
        """
        due = [each for each in self._all.values() if grace <= 0 or self._rests(each, grace)]
        return chain.from_iterable(range(each.first, each.span.last + 1) for each in due)

    def spans(self) -> list[Span]:
        """Where rates of other processes are pending, as far as that can be known."""
        return [
            Span(each.first, each.span.last - (RECENT if self._is_at_work(each) else 0))
            for each in self._all.values()
        ]

    async def swept(self, process: int, bucket: int) -> None:
        """Go on after ``bucket``, and let everybody know. Raises ``StoreError``."""
        known = self._all.get(process)
        if known is not None and known.first <= bucket and self._rests(known):
            await self._registry.move(bucket + 1, process)
            known.first = bucket + 1
            known.span = Span(known.first, known.span.last)

    def is_overdue(self, process: int) -> bool:
        """Whether nothing more comes into the buckets of ``process``, as far as is known."""
        known = self._all.get(process)
        return known is not None and self._rests(known)

    def _rests(self, each: Neighbour, grace: float = 0.0) -> bool:
        return self._clock.monotonic() - each.since >= self._patience + grace

    def _is_at_work(self, each: Neighbour) -> bool:
        return each.moves and self._clock.monotonic() - each.since < self._patience
