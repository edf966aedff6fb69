"""A server for these tests, and movie stores on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import StoreContext
from movieserver.backends.postgres import backend
from movieserver.backends.postgres.movie_store import PostgresMovieStore
from movieserver.models import Movie
from tests.engines.postgres.server import PostgresServer
from tests.engines.postgres.stores import Make

FILMS = [Movie(f"tt{n:07}", f"Film {n}", 1900 + n % 120, n * 1000) for n in range(1, 101)]


@pytest.fixture(scope="package")
def server() -> Iterator[PostgresServer]:
    """A server for these tests."""
    server = PostgresServer()
    yield server
    server.wipe()


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    """The name of a database that is not there yet."""
    yield "movieratedb"
    server.ask("DROP DATABASE IF EXISTS movieratedb WITH (FORCE)")


@pytest.fixture
def make(io_loop: IOLoop, tmp_path: Path) -> Iterator[Make]:
    """Makes stores that are closed after the test."""
    made: list[PostgresMovieStore] = []

    def store(url: str, timeout: float = 5.0) -> PostgresMovieStore:
        found = backend.movie_store(url, StoreContext(tmp_path, timeout=timeout))
        assert isinstance(found, PostgresMovieStore)
        made.append(found)
        return found

    yield store
    for each in made:
        io_loop.run_sync(each.close)


@pytest.fixture
def url(io_loop: IOLoop, server: PostgresServer, database: str, make: Make) -> str:
    """A database with a schema."""
    url = server.url(database)
    io_loop.run_sync(make(url).migrate)
    return url


@pytest.fixture
def store(io_loop: IOLoop, url: str, make: Make) -> PostgresMovieStore:
    """An open store with some films."""
    store = make(url)

    async def opened() -> None:
        await store.open()
        await store.put_movies(FILMS)

    io_loop.run_sync(opened)
    return store
