"""The job that keeps the weighted ranking in memory."""

import asyncio
from pathlib import Path

import pytest

from movieserver.announcements import Announcements
from movieserver.backends import MovieStore, StoreContext
from movieserver.backends.sqlite import backend
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.jobs.refresh_weighted import RefreshWeighted, WeightedOptions
from movieserver.memory.memory import Memory
from movieserver.models import Movie, Rate, RatedMovie, Revision
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.testing import ManualClock


def job_on(store: MovieStore, clock: ManualClock) -> RefreshWeighted:
    services = Services(
        Stores({"movies": store}), Memory(clock), Announcements(), Lifecycle(), clock=clock
    )
    return RefreshWeighted(services, WeightedOptions(period=1.0, prior_count=2))


@pytest.mark.gen_test
async def test_every_change_of_an_average_is_followed(tmp_path: Path) -> None:
    store = backend.movie_store("sqlite:///m.db", StoreContext(tmp_path))
    await store.open()
    await store.put_movies([Movie(f"tt{number}", "Film") for number in range(12)])
    job = job_on(store, ManualClock())
    await job.step()
    weighted = job.services.memory.weighted
    assert b'"C": 0.0' in weighted.value.body
    await store.apply([Rate("alice", "tt1", 4, 1)])
    await job.step()
    assert b'"m": 2, "C": 4.0' in weighted.value.body
    kept = weighted.value
    await job.step()
    assert weighted.value is kept
    await store.close()


@pytest.mark.gen_test
async def test_a_ranking_that_takes_long_is_made_less_often(tmp_path: Path) -> None:
    clock = ManualClock()

    class Slow(SqliteMovieStore):
        async def top_weighted(
            self, limit: int, prior_count: int
        ) -> tuple[float, list[RatedMovie]]:
            clock.advance(0.5)
            return await super().top_weighted(limit, prior_count)

    store = Slow(Database(tmp_path / "m.db", clock, 5.0))
    await store.open()
    job = job_on(store, clock)
    assert job.pause() == 1.0
    clock.advance(60)
    await job.step()
    assert job.pause() == 5.0
    await store.close()


@pytest.mark.gen_test
async def test_looks_at_the_store_are_a_pause_apart(tmp_path: Path) -> None:
    clock = ManualClock()
    waits: list[tuple[Revision, float]] = []

    class Watched(SqliteMovieStore):
        async def wait_changed(self, since: Revision, timeout: float) -> Revision:
            waits.append((since, timeout))
            return await self.revision()

    store = Watched(Database(tmp_path / "m.db", clock, 5.0))
    await store.open()
    await store.put_movies([Movie("tt1", "Film")])
    job = job_on(store, clock)
    assert await job.step() is False
    waiting = asyncio.ensure_future(job.wait())
    await asyncio.sleep(0)
    clock.advance(0.9)
    await asyncio.sleep(0)
    assert waits == []
    clock.advance(0.1)
    await waiting
    assert waits == [(await store.revision(), job.options.max_age)]
    await store.close()
