"""The interface of a backend plugin: it makes the stores of one engine."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from movieserver.backends.event_log import EventLog, Topic
from movieserver.backends.movie_store import MovieStore
from movieserver.backends.rate_store import RateStore
from movieserver.clock import Clock, SystemClock
from movieserver.errors import ConfigurationError


@dataclass(frozen=True)
class StoreContext:
    """What a backend gets besides the URL."""

    data: Path
    """The data folder: embedded stores resolve relative paths against it."""
    clock: Clock = field(default_factory=SystemClock)
    timeout: float = 5.0
    """Seconds within which a store answers or raises ``StoreUnavailable``."""


class Backend:
    """One engine. A subclass overrides the methods of the stores that its engine can provide.

    An instance is registered under its URL scheme in the entry point group
    ``movieserver.backends``, or named by a dotted path in the profile. Making a store does not
    connect: ``Store.open`` does.
    """

    name: str = "backend"

    def movie_store(self, url: str, context: StoreContext) -> MovieStore:
        """The engine as a movie store; raises ``ConfigurationError`` for a URL it cannot read."""
        raise self._cannot_be("a movie store")

    def rate_store(self, url: str, context: StoreContext) -> RateStore:
        """The engine as a rate store; raises ``ConfigurationError`` for a URL it cannot read."""
        raise self._cannot_be("a rate store")

    def event_log(self, url: str, context: StoreContext, topics: Sequence[Topic]) -> EventLog:
        """The engine as an event log; raises ``ConfigurationError`` for a URL it cannot read."""
        raise self._cannot_be("an event log")

    def _cannot_be(self, role: str) -> ConfigurationError:
        return ConfigurationError(f"the backend {self.name!r} cannot serve as {role}")
