"""A backend whose stores are down while a file lies in the data folder.

A profile names it by its dotted path; it stands before SQLite, so that the outages of an engine can
be had anywhere: ``down-movies``, ``down-rates`` and ``down-events`` are the files.
"""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from movieserver.backends import (
    Backend,
    EventLog,
    MovieStore,
    RateStore,
    Store,
    StoreContext,
    Topic,
)
from movieserver.backends.sqlite import backend as sqlite
from movieserver.errors import StoreUnavailable

S = TypeVar("S", bound=Store)


def flaky(store: S, interface: type[S], flag: Path) -> S:
    """``store``, each of whose coroutines fails while ``flag`` exists."""

    def down() -> bool:
        return flag.exists()

    def guarded(name: str) -> Callable[..., Any]:
        method = getattr(store, name)

        async def call(_self: Any, *arguments: Any, **options: Any) -> Any:
            if down() and name != "close":
                raise StoreUnavailable(f"{flag.name}: it is down")
            return await method(*arguments, **options)

        def scan(_self: Any, *arguments: Any, **options: Any) -> Any:
            return method(*arguments, **options)

        return call if inspect.iscoroutinefunction(method) else scan

    names = interface.__abstractmethods__
    made = type(f"Flaky{interface.__name__}", (interface,), {n: guarded(n) for n in names})
    return made()  # type: ignore[no-any-return]


class FlakyBackend(Backend):
    """SQLite with outages."""

    name = "flaky"

    def movie_store(self, url: str, context: StoreContext) -> MovieStore:
        store = sqlite.movie_store(url, context)
        return flaky(store, MovieStore, context.data / "down-movies")  # type: ignore[type-abstract]

    def rate_store(self, url: str, context: StoreContext) -> RateStore:
        store = sqlite.rate_store(url, context)
        return flaky(store, RateStore, context.data / "down-rates")  # type: ignore[type-abstract]

    def event_log(self, url: str, context: StoreContext, topics: Sequence[Topic]) -> EventLog:
        store = sqlite.event_log(url, context, topics)
        return flaky(store, EventLog, context.data / "down-events")  # type: ignore[type-abstract]


backend = FlakyBackend()
