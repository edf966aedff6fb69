"""The job that keeps the stored view of the ten best up to date."""

from pathlib import Path

import pytest

from movieserver.announcements import Announcements
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.jobs.refresh_view import RefreshView, ViewOptions
from movieserver.memory.memory import Memory
from movieserver.models import Movie
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.testing import ManualClock


class Busy(SqliteMovieStore):
    """A store whose view another instance refreshes, until it ends in the middle of that."""

    refreshing = True

    async def refresh_top10(self) -> bool:
        return not self.refreshing and await super().refresh_top10()


@pytest.mark.gen_test
async def test_the_view_is_refreshed_when_the_instance_that_did_it_died(tmp_path: Path) -> None:
    clock = ManualClock()
    store = Busy(Database(tmp_path / "m.db", clock, 5.0))
    await store.open()
    await store.put_movies([Movie("tt1", "Film")])
    stores = Stores({"movies": store})
    services = Services(stores, Memory(clock), Announcements(), Lifecycle(), clock=clock)
    job = RefreshView(services, ViewOptions())
    await job.step()
    assert await store.top10() == []
    store.refreshing = False
    await job.step()
    assert [film.id for film in await store.top10()] == ["tt1"]
    await store.close()
