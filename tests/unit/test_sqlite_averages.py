"""What the statements on averages do to a large store, and to one that somebody damaged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends.sqlite import averages
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.clock import SystemClock
from movieserver.models import Average, Rate


@pytest.fixture
def database(tmp_path: Path, io_loop: IOLoop) -> Database:
    return Database(tmp_path / "m.db", SystemClock(), 5.0)


@pytest.fixture
def store(database: Database, io_loop: IOLoop) -> Iterator[SqliteMovieStore]:
    store = SqliteMovieStore(database)
    io_loop.run_sync(store.open)
    yield store
    io_loop.run_sync(store.close)


@pytest.mark.gen_test
async def test_a_recount_sorts_no_rates(database: Database, store: SqliteMovieStore) -> None:
    explain = f"EXPLAIN QUERY PLAN {averages.COUNTED}"
    plan = await database.read(lambda connection: connection.execute(explain, ("[]",)).fetchall())
    steps = [step[-1] for step in plan]
    assert "SEARCH user_rates USING PRIMARY KEY (movie_id=?)" in steps
    assert not any("B-TREE" in step for step in steps), steps


@pytest.mark.gen_test
async def test_a_film_whose_row_is_gone_is_recounted_from_its_rates(
    database: Database, store: SqliteMovieStore
) -> None:
    await store.apply([Rate(f"u{n}", movie, 7, 1) for n in range(3) for movie in ("a", "b", "c")])
    await database.write(lambda connection: connection.execute("DELETE FROM movies WHERE id > 'a'"))
    assert await store.average_ids("", 2) == ["a", "b"]
    assert await store.average_ids("b", 2) == ["c"]
    assert await store.recount(["a", "b", "c"]) == [Average("b", 0, 0), Average("c", 0, 0)]
    averages = [average async for page in store.scan_averages() for average in page]
    assert averages == [Average(movie, 21, 3) for movie in ("a", "b", "c")]
