"""What the statements on averages do to a large store."""

from pathlib import Path

import pytest

from movieserver.backends.sqlite import averages
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.clock import SystemClock


@pytest.mark.gen_test
async def test_a_recount_sorts_no_rates(tmp_path: Path) -> None:
    database = Database(tmp_path / "m.db", SystemClock(), 5.0)
    store = SqliteMovieStore(database)
    await store.open()
    explain = f"EXPLAIN QUERY PLAN {averages.COUNTED}"
    plan = await database.read(lambda connection: connection.execute(explain, ("[]",)).fetchall())
    steps = [step[-1] for step in plan]
    assert "SEARCH user_rates USING PRIMARY KEY (movie_id=?)" in steps
    assert not any("B-TREE" in step for step in steps), steps
    await store.close()
