"""The runner's loop around jobs."""

import asyncio

import pytest

from movieserver.errors import StoreUnavailable
from movieserver.jobs.runner import JobRunner
from tests.unit.counting import Counting, EagerClock, soon, until


@pytest.mark.gen_test
async def test_steps_go_on_while_there_is_more_then_the_job_waits_until_the_end() -> None:
    job = Counting()
    runner = JobRunner({"counting": job}, EagerClock())
    runner.start()
    await job.waiting.wait()
    assert (job.steps, job.finished) == (10, 0)
    await runner.stop(soon())
    assert (job.steps, job.finished) == (10, 1)


@pytest.mark.gen_test
async def test_a_store_that_is_away_is_asked_again_with_growing_pauses() -> None:
    clock = EagerClock()
    job = Counting(*(StoreUnavailable("away") for _ in range(8)))
    runner = JobRunner({"counting": job}, clock)
    runner.start()
    await until(job.waiting.is_set)
    assert clock.slept == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    await runner.stop(soon())


@pytest.mark.gen_test
async def test_the_pauses_begin_anew_once_a_step_succeeded() -> None:
    class Flaky(Counting):
        async def step(self) -> bool:
            if self.steps == 3 and len(clock.slept) == 2:
                raise StoreUnavailable("away again")
            return await super().step()

    clock = EagerClock()
    job = Flaky(StoreUnavailable("away"), StoreUnavailable("away"))
    runner = JobRunner({"flaky": job}, clock)
    runner.start()
    await until(job.waiting.is_set)
    assert clock.slept == [0.25, 0.5, 0.25]
    await runner.stop(soon())


@pytest.mark.gen_test
async def test_a_store_that_goes_away_during_a_wait_is_left_alone_for_a_while() -> None:
    class Deaf(Counting):
        async def wait(self) -> None:
            if not clock.slept:
                raise StoreUnavailable("away")
            await super().wait()

    clock = EagerClock()
    job = Deaf()
    runner = JobRunner({"deaf": job}, clock)
    runner.start()
    await until(job.waiting.is_set)
    assert (clock.slept, job.steps) == ([0.25], 11)
    await runner.stop(soon())


@pytest.mark.gen_test
async def test_a_surprise_is_logged_and_does_not_end_the_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = EagerClock()
    job = Counting(KeyError("surprise"))
    runner = JobRunner({"counting": job}, clock)
    runner.start()
    await until(job.waiting.is_set)
    assert "surprise" in caplog.text
    assert clock.slept == [10.0]
    await runner.stop(soon())
    assert job.finished == 1


@pytest.mark.gen_test
async def test_a_cancellation_that_comes_out_of_a_step_is_a_surprise_like_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Filling(Counting):
        fills = frozenset({"nominees"})

    job = Filling(asyncio.CancelledError(), asyncio.CancelledError())
    runner = JobRunner({"counting": job}, EagerClock())
    await runner.prime()
    runner.start()
    await until(job.waiting.is_set)
    assert "job counting failed" in caplog.text
    assert "job counting failed and will try again" in caplog.text
    await runner.stop(soon())
    assert job.finished == 1
