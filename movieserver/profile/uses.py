"""What a profile uses: stores, handlers and jobs, each with its settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from movieserver.backends import Backend, EventLog, MovieStore, RateStore, StoreContext, Topic
from movieserver.handlers import Access, Resource
from movieserver.jobs import Job
from movieserver.places import Place
from movieserver.profile.sections import LimitSettings


@dataclass(frozen=True)
class StoreUse:
    """A store of a profile."""

    role: str
    """What it is for: ``movies``, ``rates`` or ``events``."""
    url: str = field(repr=False)
    """Where it is; may hold a password."""
    backend: Backend
    timeout: float
    """Seconds within which it must answer."""

    def make(
        self, context: StoreContext, topics: Sequence[Topic] = ()
    ) -> MovieStore | RateStore | EventLog:
        """The store, not open yet; raises ``ConfigurationError`` if the backend cannot make it."""
        match self.role:
            case "movies":
                return self.backend.movie_store(self.url, context)
            case "rates":
                return self.backend.rate_store(self.url, context)
            case _:
                return self.backend.event_log(self.url, context, topics)


@dataclass(frozen=True)
class HandlerUse:
    """A handler of a profile."""

    name: str
    """The short name or dotted path in the profile."""
    resource: Resource
    access: Access
    options: Any
    limit: LimitSettings | None
    place: Place
    """Where the profile names it."""


@dataclass(frozen=True)
class JobUse:
    """A job of a profile."""

    name: str
    """The short name or dotted path in the profile."""
    job: type[Job]
    options: Any
    place: Place
    """Where the profile names it."""
