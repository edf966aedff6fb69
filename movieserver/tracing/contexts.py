"""Which trace a stored rate belongs to, until it is announced."""

from collections.abc import Iterable

from opentelemetry.context import Context

from movieserver.models import Rate

LIMIT = 20_000
"""Rates remembered at most: as many as wait for the relay (``announcements.py``)."""


class Contexts:
    """A bounded memory. What it forgets is announced all the same, without its trace."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._contexts: dict[Rate, Context] = {}
        self._limit = limit

    def __len__(self) -> int:
        return len(self._contexts)

    def keep(self, rate: Rate, context: Context) -> None:
        """Remember that ``rate`` belongs to ``context``; the oldest makes room where it has to."""
        # The oldest may never leave by itself: another process may have announced it.
        if len(self._contexts) >= self._limit:
            del self._contexts[next(iter(self._contexts))]
        self._contexts[rate] = context

    def of(self, rate: Rate) -> Context | None:
        """What ``rate`` belongs to, if that is known."""
        return self._contexts.get(rate)

    def forget(self, rates: Iterable[Rate]) -> None:
        """Let go of what was announced."""
        for rate in rates:
            self._contexts.pop(rate, None)
