"""The job that keeps the ten best in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from movieserver.announcements import Announcements
from movieserver.answers import Answer
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.jobs.refresh import RefreshOptions
from movieserver.jobs.refresh_top10 import RefreshTop10
from movieserver.memory.memory import Memory
from movieserver.memory.rankings import top_ten
from movieserver.models import Movie, RatedMovie, Revision
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.testing import ManualClock


class Uncounted(SqliteMovieStore):
    """A store whose view somebody refreshes by hand: no revision moves."""

    view = 1

    async def revision(self) -> Revision:
        return Revision(1, 1, self.view)


@asynccontextmanager
async def a_job(path: Path) -> AsyncIterator[tuple[RefreshTop10, Uncounted, ManualClock]]:
    clock = ManualClock()
    store = Uncounted(Database(path / "m.db", clock, 5.0))
    await store.open()
    services = Services(
        Stores({"movies": store}), Memory(clock), Announcements(), Lifecycle(), clock=clock
    )
    yield RefreshTop10(services, RefreshOptions()), store, clock
    await store.close()


@pytest.mark.gen_test
async def test_a_view_that_was_refreshed_by_hand_is_read_after_a_while(tmp_path: Path) -> None:
    async with a_job(tmp_path) as (job, store, clock):
        memory = job.services.memory.top10
        replaced: list[Answer] = []
        memory.watch(replaced.append)
        await job.step()
        await store.put_movies([Movie("tt1", "Film")])
        await store.refresh_top10()
        clock.advance(job.options.max_age - 1)
        await job.step()
        assert memory.value == top_ten([])
        clock.advance(1)
        await job.step()
        film = RatedMovie("tt1", "Film", None, None, (0,) * 10)
        assert memory.value == top_ten([film])
        clock.advance(job.options.max_age)
        await job.step()
        assert memory.age == 0
        assert len(replaced) == 2, "listeners were told of what did not change"


@pytest.mark.gen_test
async def test_a_view_is_read_at_once_when_its_revision_moves_and_not_before(
    tmp_path: Path,
) -> None:
    async with a_job(tmp_path) as (job, store, clock):
        clock.advance(60)
        await job.step()
        await store.put_movies([Movie("tt1", "Film")])
        await store.refresh_top10()
        clock.advance(1)
        await job.step()
        assert b"tt1" not in job.services.memory.top10.value.body
        store.view += 1
        await job.step()
        assert b"tt1" in job.services.memory.top10.value.body
