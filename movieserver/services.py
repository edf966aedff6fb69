"""What handlers and jobs work with: stores, memory, tokens, time."""

from dataclasses import dataclass, field
from typing import TypeVar

from movieserver.announcements import Announcements
from movieserver.backends import EventLog, MovieStore, RateStore
from movieserver.clock import Clock, SystemClock, VersionClock
from movieserver.errors import ConfigurationError
from movieserver.rankings import TopTen
from movieserver.snapshot import Snapshot
from movieserver.titles import TitleIndex
from movieserver.tokens import TokenVerifier

S = TypeVar("S")


@dataclass(frozen=True)
class Stores:
    """The stores of a profile; using one that it does not list is a configuration error."""

    movie_store: MovieStore | None = None
    rate_store: RateStore | None = None
    event_log: EventLog | None = None

    @property
    def movies(self) -> MovieStore:
        """Nominees, catalogue and averages."""
        return _listed(self.movie_store, "movies")

    @property
    def rates(self) -> RateStore:
        """Users' rates."""
        return _listed(self.rate_store, "rates")

    @property
    def events(self) -> EventLog:
        """The topic of rate events."""
        return _listed(self.event_log, "events")


class Memory:
    """The values that public reads are answered from."""

    def __init__(self, clock: Clock) -> None:
        self.nominees: Snapshot[TitleIndex] = Snapshot("nominees", clock)
        self.top10: Snapshot[TopTen] = Snapshot("top10", clock)

    @property
    def snapshots(self) -> dict[str, Snapshot[TitleIndex] | Snapshot[TopTen]]:
        """Every snapshot by name."""
        return {"nominees": self.nominees, "top10": self.top10}


@dataclass(frozen=True)
class EventSettings:
    """Names of the topic and of the consumers' group."""

    topic: str = "movie_rate_topic"
    group: str = "movieserver"

    @property
    def dead_topic(self) -> str:
        """Where messages go that cannot be read."""
        return f"{self.topic}.dead"


@dataclass(frozen=True)
class Services:
    """Everything that a handler or a job may need; made once by the composition root."""

    stores: Stores
    memory: Memory
    announcements: Announcements
    tokens: TokenVerifier | None = None
    events: EventSettings = EventSettings()
    clock: Clock = field(default_factory=SystemClock)
    versions: VersionClock = field(default_factory=lambda: VersionClock(SystemClock()))


def _listed(store: S | None, role: str) -> S:
    if store is None:
        raise ConfigurationError(f"the profile lists no store for {role!r}")
    return store
