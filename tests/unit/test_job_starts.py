"""What the runner does with jobs before their first steps."""

import asyncio

import pytest

from movieserver.clock import SystemClock
from movieserver.errors import StoreUnavailable
from movieserver.jobs.runner import JobRunner
from tests.unit.counting import Counting, EagerClock, soon


@pytest.mark.gen_test
async def test_a_start_does_not_wait_for_ever(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless(Counting):
        fills = frozenset({"nominees"})

        async def step(self) -> bool:
            await asyncio.Event().wait()
            return False

    monkeypatch.setattr("movieserver.jobs.runner.FIRST_STEP", 0.01)
    await JobRunner({"endless": Endless()}, SystemClock()).prime()
    assert "job endless cannot run yet: it took longer than 0.01 s" in caplog.text


@pytest.mark.gen_test
async def test_a_start_can_be_interrupted() -> None:
    class Endless(Counting):
        fills = frozenset({"nominees"})

        async def step(self) -> bool:
            self.waiting.set()
            await asyncio.Event().wait()
            return False

    job = Endless()
    priming = asyncio.ensure_future(JobRunner({"endless": job}, EagerClock()).prime())
    await job.waiting.wait()
    priming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await priming


@pytest.mark.gen_test
async def test_a_job_does_not_begin_before_its_stores_are_open() -> None:
    job = Counting()
    openings = job.services.openings
    openings.fail("movies", StoreUnavailable("not seeded"))
    openings.fail("events", StoreUnavailable("not needed"))
    runner = JobRunner({"counting": job}, EagerClock())
    await runner.prime()
    runner.start()
    for _ in range(100):
        await asyncio.sleep(0)
    assert job.steps == 0
    openings.succeed("movies")
    await job.waiting.wait()
    assert job.steps == 10
    await runner.stop(soon())


@pytest.mark.gen_test
async def test_memory_is_not_filled_from_a_store_that_is_not_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Filling(Counting):
        fills = frozenset({"nominees"})

    job = Filling()
    job.services.openings.fail("movies", StoreUnavailable("not seeded"))
    await JobRunner({"filling": job}, EagerClock()).prime()
    assert job.steps == 0
    assert "job filling cannot run yet: not seeded" in caplog.text


@pytest.mark.parametrize("surprise", [KeyError("surprise"), TimeoutError()])
@pytest.mark.gen_test
async def test_a_first_step_that_breaks_does_not_end_the_start(
    caplog: pytest.LogCaptureFixture, surprise: Exception
) -> None:
    class Breaking(Counting):
        fills = frozenset({"nominees"})

        async def step(self) -> bool:
            raise surprise

    class Filling(Counting):
        fills = frozenset({"movies"})

    filling = Filling()
    await JobRunner({"breaking": Breaking(), "filling": filling}, EagerClock()).prime()
    assert filling.steps == 1
    assert "job breaking failed" in caplog.text
    assert type(surprise).__name__ in caplog.text
    assert "longer than" not in caplog.text
