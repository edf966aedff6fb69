"""The clock that tests move."""

import asyncio

import pytest

from movieserver.testing import ManualClock


@pytest.mark.gen_test
async def test_time_stands_still_until_it_is_advanced() -> None:
    clock = ManualClock(1000.0)
    assert (clock.time(), clock.monotonic()) == (1000.0, 0.0)
    clock.advance(2.5)
    assert (clock.time(), clock.monotonic()) == (1002.5, 2.5)
    clock.set_back(60.0)
    assert (clock.time(), clock.monotonic()) == (942.5, 2.5)


@pytest.mark.gen_test
async def test_sleepers_wake_when_they_are_due_and_in_that_order() -> None:
    clock, woken = ManualClock(), list[float]()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    sleepers = [asyncio.ensure_future(sleep(seconds)) for seconds in (3.0, 1.0, 9.0, 2.0, 0.0)]
    await asyncio.wait(sleepers[-1:])
    assert (clock.sleepers, woken) == (4, [0.0])
    clock.advance(0.5)
    await asyncio.sleep(0)
    assert woken == [0.0]
    clock.advance(2.5)
    await asyncio.wait({sleepers[0], sleepers[1], sleepers[3]})
    assert (clock.sleepers, woken) == (1, [0.0, 1.0, 2.0, 3.0])
    sleepers[2].cancel()
    await asyncio.wait(sleepers)
    assert clock.sleepers == 0
