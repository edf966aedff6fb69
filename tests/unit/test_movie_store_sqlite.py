"""What the movie store on SQLite promises beyond the interface: its cost, its repairs, its file."""

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import StoreContext
from movieserver.backends.sqlite import SqliteBackend, averages, ranking
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import PAUSE, SqliteMovieStore
from movieserver.clock import SystemClock
from movieserver.errors import StoreError, StoreUnavailable
from movieserver.models import Average, Movie, Rate, Revision, rate_tenths

ADD_MOVIE = (
    "INSERT INTO movies (id, title, box_office_value, rate_5, rate_9) VALUES (?, ?, ?, ?, ?)"
)
POISON = """
    CREATE TRIGGER poison BEFORE INSERT ON user_rates WHEN new.user_id = 'poison'
    BEGIN SELECT RAISE(ABORT, 'poisoned'); END
"""


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(SqliteMovieStore.schema)
    yield connection
    connection.close()


@pytest.fixture
def database(data: Path, io_loop: IOLoop) -> Database:
    return Database(data / "movies.db", SystemClock(), timeout=5.0)


@pytest.fixture
def store(database: Database, io_loop: IOLoop) -> Iterator[SqliteMovieStore]:
    store = SqliteMovieStore(database)
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)


def fill(connection: sqlite3.Connection, number: int) -> None:
    chance = random.Random(number)
    rows = [
        (f"tt{n}", "Film", chance.randrange(10**9), chance.randrange(9), chance.randrange(9))
        for n in range(number)
    ]
    connection.executemany(ADD_MOVIE, rows)


def effort(connection: sqlite3.Connection, query: str, values: tuple[object, ...]) -> int:
    """How many instructions of SQLite's machine the query takes."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    connection.set_progress_handler(step, 1)
    connection.execute(query, values).fetchall()
    connection.set_progress_handler(None, 1)
    return steps


@pytest.mark.parametrize(
    ("query", "values"),
    [(ranking.TOP, (0, 0, 10)), (ranking.UNRATED, (10,))],
    ids=["TOP", "UNRATED"],
)
def test_a_ranking_is_read_off_the_index(
    connection: sqlite3.Connection, query: str, values: tuple[object, ...]
) -> None:
    plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + query, values)]
    assert len(plan) == 1
    assert plan[0].startswith("SEARCH movies USING INDEX movies_ranking")


def test_the_top_ten_costs_no_more_in_a_larger_catalogue(connection: sqlite3.Connection) -> None:
    fill(connection, 20)
    small = effort(connection, ranking.TOP, (0, 0, 10))
    connection.execute("DELETE FROM movies")
    fill(connection, 2000)
    # Some versions of SQLite take a few steps less.
    assert effort(connection, ranking.TOP, (0, 0, 10)) <= small


@pytest.mark.parametrize(
    ("query", "values"),
    [(ranking.TOP, (1, 1, 10)), (ranking.WEIGHTED, {"m": 25, "mean": 5.0, "limit": 10})],
    ids=["TOP", "WEIGHTED"],
)
def test_films_that_are_not_chosen_are_not_read(
    connection: sqlite3.Connection, query: str, values: Any
) -> None:
    operations = [row[1] for row in connection.execute("EXPLAIN " + query, values)]
    assert "DeferredSeek" in operations
    assert "NotFound" not in operations


def test_the_index_ranks_by_the_same_tenths_as_the_models(connection: sqlite3.Connection) -> None:
    fill(connection, 500)
    connection.execute("INSERT INTO movies (id, rate_5) VALUES ('outside', 3)")
    query = "SELECT title, rate_sum, rate_count, rate_tenths FROM movies"
    for title, rate_sum, rate_count, tenths in connection.execute(query):
        assert tenths == (rate_tenths(rate_sum, rate_count) if title else None)


class Counting(sqlite3.Connection):
    """Counts the statements; each row of an ``executemany`` is one."""

    statements = 0

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        self.statements += 1
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        rows = list(parameters)
        self.statements += len(rows)
        return super().executemany(sql, rows)


@pytest.mark.parametrize(("size", "statements"), [(1, 1), (1000, 7)])
def test_a_batch_is_few_statements(size: int, statements: int) -> None:
    with closing(sqlite3.connect(":memory:", factory=Counting)) as connection:
        connection.executescript(SqliteMovieStore.schema)
        assert averages.apply(connection, [Rate(f"u{n}", "tt1", 5, 1) for n in range(size)]) == size
        assert connection.statements == statements + 1  # and the revision


def test_whoever_writes_a_state_moves_its_average(connection: sqlite3.Connection) -> None:
    def found() -> Average:
        query = "SELECT id, rate_sum, rate_count FROM movies"
        [row] = connection.execute(query).fetchall()
        return Average(*row)

    connection.execute("INSERT INTO user_rates VALUES ('tt1', 'ann', 4, 1), ('tt1', 'bob', 9, 1)")
    assert found() == Average("tt1", 13, 2)
    connection.execute("UPDATE user_rates SET rate = NULL WHERE user_id = 'ann'")
    assert found() == Average("tt1", 9, 1)
    connection.execute("DELETE FROM user_rates")
    assert found() == Average("tt1", 0, 0)


@pytest.mark.gen_test
async def test_a_statement_that_breaks_off_applies_nothing_and_harms_no_neighbour(
    store: SqliteMovieStore, database: Database
) -> None:
    await database.write(lambda connection: connection.execute(POISON).fetchall())
    batch = [Rate(user, "tt1", 5, 1) for user in ("ann", "poison", "zoe")]
    good, bad, other = await asyncio.gather(
        store.apply([Rate("bob", "tt1", 9, 1)]),
        store.apply(batch),
        store.apply([Rate("cat", "tt1", 8, 1)]),
        return_exceptions=True,
    )
    assert (good, other) == (1, 1)
    assert isinstance(bad, StoreError)
    assert isinstance(bad.__cause__, sqlite3.IntegrityError)
    states = [state async for each in store.scan_states() for state in each]
    assert {state.user_id for state in states} == {"bob", "cat"}
    assert [each async for each in store.scan_averages()] == [[Average("tt1", 17, 2)]]


@pytest.mark.gen_test
async def test_what_a_refresh_finds_unchanged_it_does_not_write(
    store: SqliteMovieStore, database: Database
) -> None:
    await store.put_movies([Movie("tt1", "One")])
    await store.refresh_top10()
    generation = database.generation
    assert not await store.refresh_top10()
    assert database.generation == generation


@pytest.mark.gen_test
async def test_the_writes_of_others_in_the_file_do_not_keep_those_who_wait_busy(
    store: SqliteMovieStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, revision, clock = 0, store.revision, SystemClock()

    async def counted() -> Revision:
        nonlocal looks
        looks += 1
        return await revision()

    monkeypatch.setattr(store, "revision", counted)
    before, started = await revision(), clock.monotonic()
    waiting = asyncio.ensure_future(store.wait_changed(before, 3600))
    for _ in range(200):
        await database.write(lambda connection: None)
    assert looks <= (clock.monotonic() - started) / PAUSE + 1
    await store.put_movies([Movie("tt1", "One")])
    assert (await waiting).movies > before.movies


@pytest.mark.gen_test
async def test_a_store_that_was_never_opened_can_be_closed(data: Path) -> None:
    store = SqliteBackend().movie_store("sqlite:///movies.db", StoreContext(data))
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.ping()
