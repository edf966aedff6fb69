"""Further tries of what failed because a store was away."""

import pytest

from movieserver.errors import StoreError, StoreRefused, StoreUnavailable
from movieserver.retries import PATIENCE, PAUSE, retried
from tests.unit.hasty_clock import HastyClock


class Attempts:
    """An attempt that takes a second, and raises each of ``errors`` before it succeeds."""

    def __init__(self, clock: HastyClock, *errors: StoreError) -> None:
        self._clock = clock
        self._errors = list(errors)
        self.count = 0

    async def __call__(self) -> int:
        self._clock.advance(1)
        self.count += 1
        if self._errors:
            raise self._errors.pop(0)
        return self.count


@pytest.mark.gen_test
async def test_a_store_that_comes_back_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    clock = HastyClock()
    attempts = Attempts(clock, *[StoreUnavailable("it restarts")] * 10)
    assert await retried(attempts, clock) == 11
    assert clock.monotonic() == 11 + 10 * PAUSE
    assert caplog.messages == ["it restarts; trying again for 120 s"]


@pytest.mark.gen_test
async def test_the_patience_ends() -> None:
    clock = HastyClock()
    with pytest.raises(StoreUnavailable):
        await retried(Attempts(clock, *[StoreUnavailable("it is gone")] * 1000), clock)
    assert PATIENCE <= clock.monotonic() - 1 <= PATIENCE + PAUSE + 1


@pytest.mark.gen_test
async def test_an_error_that_lasts_is_not_waited_for() -> None:
    clock = HastyClock()
    attempts = Attempts(clock, StoreRefused("the schema is later"))
    with pytest.raises(StoreRefused):
        await retried(attempts, clock)
    assert attempts.count == 1
