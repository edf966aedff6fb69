"""The time limit that many waits share."""

import asyncio

import pytest

from movieserver.process.time_limit import TimeLimit


async def answer() -> str:
    return "here"


async def refuse() -> None:
    raise TimeoutError("the store's own")


@pytest.mark.gen_test
async def test_what_comes_in_time_comes_through() -> None:
    assert await TimeLimit(60).wait(answer()) == "here"


@pytest.mark.gen_test
async def test_what_fails_fails_by_itself() -> None:
    with pytest.raises(TimeoutError, match="the store's own"):
        await TimeLimit(60).wait(refuse())


@pytest.mark.gen_test
async def test_what_takes_too_long_is_cancelled() -> None:
    limit, late = TimeLimit(0.01), asyncio.get_running_loop().create_future()
    assert await limit.wait(answer()) == "here"
    with pytest.raises(TimeoutError):
        await limit.wait(late)
    assert late.cancelled()
    task = asyncio.current_task()
    assert task is not None and not task.cancelling()


@pytest.mark.gen_test
async def test_each_wait_has_the_whole_limit() -> None:
    loop, limit = asyncio.get_running_loop(), TimeLimit(0.05)
    tasks = []
    for _ in range(3):
        tasks.append(loop.create_task(late(limit, loop.time())))
        await asyncio.sleep(0)
    for seconds in await asyncio.gather(*tasks):
        assert seconds >= 0.05


async def late(limit: TimeLimit, started: float) -> float:
    loop = asyncio.get_running_loop()
    with pytest.raises(TimeoutError):
        await limit.wait(loop.create_future())
    return loop.time() - started


@pytest.mark.timeout(20)
@pytest.mark.gen_test
async def test_a_wait_after_all_others_have_ended_has_a_limit_too() -> None:
    loop, limit = asyncio.get_running_loop(), TimeLimit(0.01)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await limit.wait(loop.create_future())


@pytest.mark.gen_test
async def test_who_cancels_the_task_is_heard() -> None:
    waiting = asyncio.create_task(TimeLimit(60).wait(asyncio.get_running_loop().create_future()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
