"""The runner's loop around jobs."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress

import pytest

from movieserver.announcements import Announcements
from movieserver.clock import SystemClock
from movieserver.errors import StoreUnavailable
from movieserver.jobs import Job
from movieserver.jobs.runner import LEAST, JobRunner
from movieserver.memory.memory import Memory
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores


class EagerClock(SystemClock):
    """Sleeps no longer than a turn of the loop, and remembers for how long it should have."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Counting(Job):
    """Counts its steps; ``failures`` are raised first."""

    needs = frozenset({"movies"})

    def __init__(self, *failures: BaseException) -> None:
        clock = SystemClock()
        services = Services(Stores(), Memory(clock), Announcements(), Lifecycle())
        super().__init__(services, None)
        self.failures = list(failures)
        self.steps = 0
        self.finished = 0
        self.waiting = asyncio.Event()

    async def step(self) -> bool:
        self.steps += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.steps < 10

    async def wait(self) -> None:
        self.waiting.set()
        await asyncio.Event().wait()

    async def finish(self) -> None:
        self.finished += 1


def soon() -> float:
    """A moment by the loop's clock that is long enough for all that comes to its end."""
    return asyncio.get_running_loop().time() + 5


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


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
async def test_a_job_that_never_began_can_be_stopped() -> None:
    job = Counting()
    job.services.openings.fail("movies", StoreUnavailable("away"))
    runner = JobRunner({"counting": job}, EagerClock())
    runner.start()
    await asyncio.sleep(0)
    await runner.stop(soon())
    assert (job.steps, job.finished) == (0, 1)


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


@pytest.mark.gen_test
async def test_a_first_step_that_breaks_does_not_end_the_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Breaking(Counting):
        fills = frozenset({"nominees"})

        async def step(self) -> bool:
            raise KeyError("surprise")

    class Filling(Counting):
        fills = frozenset({"movies"})

    filling = Filling()
    await JobRunner({"breaking": Breaking(), "filling": filling}, EagerClock()).prime()
    assert filling.steps == 1
    assert "KeyError: 'surprise'" in caplog.text
