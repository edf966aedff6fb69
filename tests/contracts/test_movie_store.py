"""Every movie store that needs no engine keeps to the interface."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import MovieStore, StoreContext
from movieserver.backends.sqlite import SqliteBackend
from movieserver.testing.movie_store.repair import Falsify
from movieserver.testing.movie_store_contract import MovieStoreContract

FALSIFY = """
    INSERT INTO movies (id, rate_10) VALUES (?, 1)
    ON CONFLICT DO UPDATE SET rate_10 = rate_10 + 1
"""


@contextmanager
def opened(data: Path, io_loop: IOLoop) -> Iterator[MovieStore]:
    # A backend of its own, so that nothing in memory is shared.
    store = SqliteBackend().movie_store("sqlite:///movies.db", StoreContext(data))
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)


class TestSqliteMovieStore(MovieStoreContract):
    @pytest.fixture
    def movie_store(self, data: Path, io_loop: IOLoop) -> Iterator[MovieStore]:
        with opened(data, io_loop) as store:
            yield store

    @pytest.fixture
    def second_movie_store(
        self, movie_store: MovieStore, data: Path, io_loop: IOLoop
    ) -> Iterator[MovieStore]:
        with opened(data, io_loop) as store:
            yield store

    @pytest.fixture
    def falsify(self, movie_store: MovieStore, data: Path) -> Falsify:
        async def falsify(movie_id: str) -> None:
            connection = sqlite3.connect(data / "movies.db")
            with connection:
                connection.execute(FALSIFY, (movie_id,))
            connection.close()

        return falsify
