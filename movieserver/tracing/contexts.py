"""Remembers which trace a stored rate belongs to, until the rate is announced."""

from collections.abc import Iterable

from opentelemetry.context import Context

from movieserver.models import Rate

LIMIT = 20_000
"""The maximum number of rates remembered: as many as may wait for the relay (announcements.py)."""


class Contexts:
    """A bounded memory; a rate that it forgets is still announced, but without its trace."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._contexts: dict[Rate, Context] = {}
        self._limit = limit

    def __len__(self) -> int:
        return len(self._contexts)

    def keep(self, rate: Rate, context: Context) -> None:
        """Remember that ``rate`` belongs to ``context``; if full, forget the oldest rate."""
        # The oldest may never be forgotten otherwise: another process may have announced it.
        if len(self._contexts) >= self._limit:
            del self._contexts[next(iter(self._contexts))]
        self._contexts[rate] = context

    def of(self, rate: Rate) -> Context | None:
        """The context that ``rate`` belongs to, or None if it is not known."""
        return self._contexts.get(rate)

    def forget(self, rates: Iterable[Rate]) -> None:
        """Forget ``rates``, which have been announced."""
        for rate in rates:
            self._contexts.pop(rate, None)
