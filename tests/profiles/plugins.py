"""The plugins that the broken profiles can name: the real handlers and jobs, and some bad ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any, cast
from unittest.mock import create_autospec

from tornado.routing import Rule

from movieserver.backends import Backend, MovieStore, RateStore, StoreContext
from movieserver.errors import ConfigurationError
from movieserver.handlers import Mount, Resource
from movieserver.plugins import Plugins
from movieserver.settings import setting

READS = ("bestpictures", "ceremonies", "movies", "top10", "top10_stream")
HANDLERS = (*READS, "description", "health", "metrics", "page", "rates")
JOBS = {
    "consume_rates": "ConsumeRates",
    "refresh_movies": "RefreshMovies",
    "refresh_nominees": "RefreshNominees",
    "refresh_top10": "RefreshTop10",
    "refresh_view": "RefreshView",
    "refresh_weighted": "RefreshWeighted",
    "relay_rates": "RelayRates",
}
HERE = "tests.profiles.plugins"


def registered() -> list[EntryPoint]:
    """Entry points as installed packages would register them."""
    found = [("handlers", each, f"movieserver.handlers.{each}:resource") for each in HANDLERS]
    found += [("jobs", name, f"movieserver.jobs.{name}:{each}") for name, each in JOBS.items()]
    found += [("backends", "sqlite", f"{HERE}:sqlite"), ("backends", "kafka", f"{HERE}:kafka")]
    found += [("handlers", "twice", f"{HERE}:plain"), ("handlers", "twice", f"{HERE}:varied")]
    return [EntryPoint(name, value, f"movieserver.{group}") for group, name, value in found]


def plugins() -> Plugins:
    """The plugins of a machine with these packages."""
    return Plugins(registered())


class SqliteBackend(Backend):
    """Can be every store and reads its URLs."""

    name = "sqlite"

    def movie_store(self, url: str, context: StoreContext) -> MovieStore:
        if not url.startswith("sqlite:///"):
            raise ConfigurationError(f"{url!r} names no file; allowed: sqlite:///FILE")
        return cast(MovieStore, create_autospec(MovieStore, instance=True))

    def rate_store(self, url: str, context: StoreContext) -> RateStore:
        return cast(RateStore, self.movie_store(url, context))

    def event_log(self, url: str, context: StoreContext, topics: Any) -> Any:
        return self.movie_store(url, context)


class KafkaBackend(Backend):
    """Can be an event log only."""

    name = "kafka"


@dataclass(frozen=True)
class PlainOptions:
    """Options of every type."""

    title: str = setting("A title.")
    size: int = setting("A size.", default=10, minimum=1, maximum=100)
    share: float = setting("A share.", default=0.5, minimum=0)
    color: str = setting("A color.", default="red", choices=("red", "green", "blue"))
    loud: bool = setting("Whether it is loud.", default=False)
    names: tuple[str, ...] = setting("Names.", default=())
    key: str | None = setting("A secret.", default=None, hidden=True, choices=("x",))


@dataclass(frozen=True)
class BareOptions:
    """Options that are not made with setting()."""

    size: int = 10


def no_routes(_mount: Mount) -> Sequence[Rule]:
    """None at all."""
    return []


sqlite = SqliteBackend()
other = SqliteBackend()
kafka = KafkaBackend()
plain = Resource("plain", no_routes)
varied = Resource("varied", no_routes, options=PlainOptions)
bare = Resource("bare", no_routes, options=BareOptions)
forgetful = Resource("forgetful", no_routes, reads=frozenset({"dreams"}))
greedy = Resource("greedy", no_routes, needs=frozenset({"gold"}))
wordy = Resource("wordy", no_routes, reads=cast(Any, "movies"))
exclusive = Resource("exclusive", no_routes, access=cast(Any, frozenset({"admin"})))
closed = Resource("closed", no_routes, access=frozenset())
made = Resource("made", no_routes, options=cast(Any, BareOptions()))
told = Resource("told", no_routes, description=cast(Any, "told.yaml"))
number = 7
