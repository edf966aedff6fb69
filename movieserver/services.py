"""What handlers and jobs work with: stores, memory, tokens, time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from movieserver.announcements import Announcements
from movieserver.backends import EventLog, MovieStore, RateStore, Store
from movieserver.clock import Clock, SystemClock, VersionClock
from movieserver.errors import ConfigurationError
from movieserver.memory.memory import Memory
from movieserver.metrics import Meters
from movieserver.metrics.siblings import Siblings
from movieserver.process.lifecycle import Lifecycle
from movieserver.process.openings import Openings
from movieserver.process.time_limit import TimeLimit
from movieserver.topic import TopicSettings
from movieserver.tracing import NoTracer, Tracer

if TYPE_CHECKING:
    from movieserver.tokens.verifier import TokenVerifier


@dataclass(frozen=True)
class Stores:
    """The stores of a profile; using one that is not listed raises ``ConfigurationError``."""

    listed: Mapping[str, Store] = field(default_factory=dict)
    """The stores that the profile lists, by role: ``movies``, ``rates``, ``events``."""

    @property
    def movies(self) -> MovieStore:
        """Nominees, catalogue and averages."""
        return cast("MovieStore", self._store("movies"))

    @property
    def rates(self) -> RateStore:
        """Users' rates."""
        return cast("RateStore", self._store("rates"))

    @property
    def events(self) -> EventLog:
        """The log of rate events."""
        return cast("EventLog", self._store("events"))

    def _store(self, role: str) -> Store:
        if role not in self.listed:
            raise ConfigurationError(f"the profile lists no store for {role!r}")
        return self.listed[role]


@dataclass(frozen=True)
class Services:
    """Everything that a handler or a job may need; the composition root makes it once."""

    stores: Stores
    memory: Memory
    announcements: Announcements
    lifecycle: Lifecycle
    tokens: "TokenVerifier | None" = None
    topics: TopicSettings = field(default_factory=TopicSettings)
    clock: Clock = field(default_factory=SystemClock)
    versions: VersionClock = field(default_factory=lambda: VersionClock(SystemClock()))
    time_limit: TimeLimit = field(default_factory=lambda: TimeLimit(5.0))
    """How long a request waits for a store before it is answered 503."""
    meters: Meters = field(default_factory=Meters)
    """The process's counters."""
    tracer: Tracer = field(default_factory=NoTracer)
    """Follows rates from the post to the average."""
    siblings: Siblings | None = None
    """The processes on the same port, if there are several."""
    profile: str = ""
    """The name of the profile that runs."""
    openings: Openings = field(default_factory=Openings)
    """Which stores are not open yet."""
