"""The movie store on PostgreSQL keeps to the interface: the suite that SQLite passes too."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import MovieStore, StoreContext
from movieserver.backends.postgres import PostgresBackend
from movieserver.testing.movie_store.repair import Falsify
from movieserver.testing.movie_store_contract import MovieStoreContract

URL = os.environ["MOVIESERVER_MOVIES"]
"""The database that ``bin/engines up`` told of."""
FALSIFY = """
    INSERT INTO {}.movies (id, rate_10) VALUES (%s, 1)
    ON CONFLICT (id) DO UPDATE SET rate_10 = movies.rate_10 + 1
"""

numbers = count()


@contextmanager
def opened(url: str, data: Path, io_loop: IOLoop) -> Iterator[MovieStore]:
    store = PostgresBackend().movie_store(url, StoreContext(data))
    io_loop.run_sync(store.migrate)
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)


def execute(statement: str, *values: object) -> None:
    with closing(psycopg2.connect(URL)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement, values)


class TestPostgresMovieStore(MovieStoreContract):
    @pytest.fixture
    def schema(self) -> Iterator[str]:
        """A schema of the test's own."""
        schema = f"movieserver_test_{os.getpid()}_{next(numbers)}"
        execute(f"CREATE SCHEMA {schema}")
        yield schema
        execute(f"DROP SCHEMA {schema} CASCADE")

    @pytest.fixture
    def url(self, schema: str) -> str:
        joint = "&" if "?" in URL else "?"
        return f"{URL}{joint}options={quote(f'-c search_path={schema}')}"

    @pytest.fixture
    def movie_store(self, url: str, data: Path, io_loop: IOLoop) -> Iterator[MovieStore]:
        with opened(url, data, io_loop) as store:
            yield store

    @pytest.fixture
    def second_movie_store(
        self, movie_store: MovieStore, url: str, data: Path, io_loop: IOLoop
    ) -> Iterator[MovieStore]:
        with opened(url, data, io_loop) as store:
            yield store

    @pytest.fixture
    def falsify(self, movie_store: MovieStore, schema: str) -> Falsify:
        async def falsify(movie_id: str) -> None:
            execute(FALSIFY.format(schema), movie_id)

        return falsify
