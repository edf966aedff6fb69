"""The embedded engine: all three stores on SQLite, for one machine.

URLs: ``sqlite:///name.db`` is a file in the data folder, ``sqlite:////abs/path.db`` one anywhere.
Stores of one process that name the same file share it: one writer, one group commit, and the
shortest of their time limits.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit
from weakref import WeakValueDictionary

from movieserver.backends.backend import Backend, StoreContext
from movieserver.backends.event_log import EventLog, Topic
from movieserver.backends.movie_store import MovieStore
from movieserver.backends.rate_store import RateStore
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.event_log import SqliteEventLog
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.backends.sqlite.rate_store import SqliteRateStore
from movieserver.errors import ConfigurationError


class SqliteBackend(Backend):
    """Makes stores; all that are on the same file share one ``Database``."""

    name = "sqlite"

    def __init__(self) -> None:
        self._databases: WeakValueDictionary[Path, Database] = WeakValueDictionary()

    def movie_store(self, url: str, context: StoreContext) -> MovieStore:
        return SqliteMovieStore(self._database(url, context))

    def rate_store(self, url: str, context: StoreContext) -> RateStore:
        return SqliteRateStore(self._database(url, context), context.clock)

    def event_log(self, url: str, context: StoreContext, topics: Sequence[Topic]) -> EventLog:
        return SqliteEventLog(self._database(url, context), context.clock, topics)

    def _database(self, url: str, context: StoreContext) -> Database:
        path = path_of(url, context.data)
        database = self._databases.get(path)
        if database is None or database.clock is not context.clock:
            database = Database(path, context.clock, context.timeout)
            self._databases[path] = database
        database.timeout = min(database.timeout, context.timeout)
        return database


def path_of(url: str, data: Path) -> Path:
    """The file that ``url`` names; a relative path starts at the data folder."""
    parts = urlsplit(url)
    name = unquote(parts.path).removeprefix("/")
    names_no_file = name == ":memory:" or name.endswith("/") or not name or "\0" in name
    if parts.netloc or parts.query or parts.fragment or names_no_file:
        raise ConfigurationError(
            f"{url!r} is not a SQLite URL: sqlite:///name.db is a file in the data folder, "
            "sqlite:////path/name.db one anywhere"
        )
    return (data / name).resolve()


backend = SqliteBackend()
