"""How the runner ends jobs."""

import asyncio
import gc
from contextlib import suppress

import pytest

from movieserver.clock import SystemClock
from movieserver.errors import StoreUnavailable
from movieserver.jobs.runner import LEAST, JobRunner
from tests.unit.counting import Counting, EagerClock, soon, until


@pytest.mark.gen_test
async def test_a_wait_that_ends_with_an_error_when_the_server_stops_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class CutOff(Counting):
        async def wait(self) -> None:
            try:
                await super().wait()
            except asyncio.CancelledError as error:
                raise StoreUnavailable("cut off") from error

    job = CutOff()
    runner = JobRunner({"counting": job}, EagerClock())
    runner.start()
    await until(job.waiting.is_set)
    await runner.stop(soon())
    gc.collect()  # the loop complains of an error that nobody has seen when its task goes
    assert (job.finished, caplog.text) == (1, "")


@pytest.mark.gen_test(timeout=30)
async def test_a_job_that_ignores_its_end_does_not_keep_the_server_from_stopping(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movieserver.jobs.runner.LEAST", 0.1)

    class Stubborn(Counting):
        async def step(self) -> bool:
            return await self.hold()

        async def finish(self) -> None:
            await self.hold()

        async def hold(self) -> bool:
            self.waiting.set()
            while not self.released:
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.01)
            return False

        released = False

    job = Stubborn()
    runner = JobRunner({"stubborn": job}, SystemClock())
    runner.start()
    await job.waiting.wait()
    await runner.stop(0.0)
    said = [line for line in caplog.messages if "job stubborn does not end" in line]
    job.released = True
    await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == "stubborn"])
    assert len(said) == 2


@pytest.mark.gen_test
async def test_a_step_may_take_as_long_as_the_server_has_for_its_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("movieserver.jobs.runner.LEAST", 0.0)
    end = asyncio.Event()
    ended = []

    class Slow(Counting):
        async def step(self) -> bool:
            self.waiting.set()
            await end.wait()
            ended.append(True)
            return False

    job = Slow()
    runner = JobRunner({"slow": job}, EagerClock())
    runner.start()
    await job.waiting.wait()
    stopping = asyncio.ensure_future(runner.stop(soon()))
    for _ in range(10):
        await asyncio.sleep(0)
    end.set()
    await stopping
    assert (ended, job.finished) == ([True], 1)


@pytest.mark.gen_test
async def test_a_step_that_does_not_end_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    class Endless(Counting):
        async def step(self) -> bool:
            self.waiting.set()
            await asyncio.Event().wait()
            return False

    job = Endless()
    runner = JobRunner({"endless": job}, EagerClock())
    runner.start()
    await job.waiting.wait()
    await runner.stop(0.0)
    assert job.finished == 1
    assert caplog.messages == ["job endless took too long to stop and was cancelled"]


@pytest.mark.gen_test
async def test_jobs_that_do_not_finish_keep_no_other_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(Counting):
        async def finish(self) -> None:
            raise KeyError("surprise")

    class Endless(Counting):
        async def finish(self) -> None:
            await asyncio.Event().wait()

    class Leaking(Counting):
        async def finish(self) -> None:
            raise asyncio.CancelledError

    endless = {f"endless {number}": Endless() for number in range(20)}
    jobs = {"failing": Failing(), "leaking": Leaking(), **endless, "good": Counting()}
    runner = JobRunner(jobs, EagerClock())
    runner.start()
    for job in jobs.values():
        await job.waiting.wait()
    begun = asyncio.get_running_loop().time()
    await runner.stop(0.0)
    assert asyncio.get_running_loop().time() - begun < len(endless) * LEAST
    assert jobs["good"].finished == 1
    assert "KeyError: 'surprise'" in caplog.text
    assert "job leaking could not finish" in caplog.text
    assert all(f"job {name} could not finish: it took too long" in caplog.text for name in endless)


@pytest.mark.gen_test
async def test_a_job_that_never_began_can_be_stopped() -> None:
    job = Counting()
    job.services.openings.fail("movies", StoreUnavailable("away"))
    runner = JobRunner({"counting": job}, EagerClock())
    runner.start()
    await asyncio.sleep(0)
    await runner.stop(soon())
    assert (job.steps, job.finished) == (0, 1)
