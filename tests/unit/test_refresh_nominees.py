"""The job that keeps the title index in memory in step with the nominees."""

from pathlib import Path

import pytest

from movieserver.announcements import Announcements
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.errors import StoreUnavailable
from movieserver.jobs.refresh import RefreshOptions
from movieserver.jobs.refresh_nominees import RefreshNominees
from movieserver.memory.memory import Memory
from movieserver.models import Revision
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.testing import ManualClock
from tests.unit.nominees import NOMINEES


class Restored(SqliteMovieStore):
    """A store that comes back from an outage with other nominees, and counts as before."""

    away = False

    async def revision(self) -> Revision:
        if self.away:
            raise StoreUnavailable("away")
        return Revision(1, 1, 1)


@pytest.mark.gen_test
async def test_a_store_that_was_away_is_read_again(tmp_path: Path) -> None:
    clock = ManualClock()
    store = Restored(Database(tmp_path / "m.db", clock, 5.0))
    await store.open()
    services = Services(
        Stores({"movies": store}), Memory(clock), Announcements(), Lifecycle(), clock=clock
    )
    job = RefreshNominees(services, RefreshOptions())
    await job.step()
    store.away = True
    with pytest.raises(StoreUnavailable):
        await job.step()
    store.away = False
    nominee = next(iter(NOMINEES.values()))
    await store.put_nominees([nominee])
    await job.step()
    assert services.memory.nominees.value.of_id(nominee.id)
    await store.close()
