"""Contract: a stored state is pending until the event log has it."""

import asyncio

from movieserver.backends import RateStore
from movieserver.models import Rate
from movieserver.testing.clock import ManualClock
from movieserver.testing.rate_store.model import MOVIE_IDS, announce_all, held, unordered
from movieserver.testing.samples import history, listed

HOUR = 3600.0
FIRST = Rate("ann", "tt1", 9, 5)
SECOND = Rate("ann", "tt1", 4, 6)


async def found_within(
    store: RateStore, clock: ManualClock, grace: float, seconds: float
) -> list[Rate]:
    """What ``pending`` finds first while time passes; empty if nothing within ``seconds``."""
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        if found := await store.pending(100, grace):
            return found
        clock.advance(30)
    return []


class PendingContract:
    """pending, mark_announced, pending_count."""

    async def test_what_is_put_is_pending_until_it_is_announced(
        self, rate_store: RateStore
    ) -> None:
        rates = [FIRST, Rate("ann", "tt2", None, 5), Rate("bob", "tt1", 1, 1)]
        await rate_store.put(rates[0])
        await rate_store.put_many(rates[1:])
        assert unordered(await rate_store.pending(10)) == unordered(rates)
        assert await rate_store.pending_count() == 3
        await rate_store.mark_announced(rates[:2])
        assert await rate_store.pending(10) == rates[2:]
        assert await rate_store.pending_count() == 1
        await rate_store.mark_announced(rates[2:])
        assert await rate_store.pending(10) == []
        assert await rate_store.pending_count() == 0
        assert unordered(await listed(rate_store.scan())) == unordered(rates)

    async def test_announcing_is_idempotent_and_ignores_what_is_unknown(
        self, rate_store: RateStore
    ) -> None:
        await rate_store.put(FIRST)
        await rate_store.mark_announced([])
        await rate_store.mark_announced([Rate("bob", "tt1", 9, 5), Rate("ann", "tt2", 9, 5)])
        assert await rate_store.pending(10) == [FIRST]
        for _ in range(2):
            await rate_store.mark_announced([FIRST, FIRST])
        assert await rate_store.pending(10) == []
        assert await rate_store.get("bob", "tt1") is None
        assert await listed(rate_store.scan()) == [FIRST]

    async def test_a_successor_is_pending_in_its_own_right(self, rate_store: RateStore) -> None:
        await rate_store.put(FIRST)
        await rate_store.mark_announced([FIRST])
        await rate_store.put(SECOND)
        assert await rate_store.pending(10) == [SECOND]

    async def test_announcing_a_state_leaves_its_successors_mark(
        self, rate_store: RateStore
    ) -> None:
        await rate_store.put(FIRST)
        await rate_store.put(SECOND)
        assert await rate_store.pending(10) == [SECOND]
        await rate_store.mark_announced([FIRST])
        assert await rate_store.pending(10) == [SECOND]
        await rate_store.mark_announced([SECOND])
        assert await rate_store.pending(10) == []

    async def test_announcing_a_removal_leaves_the_rate_after_it(
        self, rate_store: RateStore
    ) -> None:
        removal = Rate("ann", "tt1", None, 5)
        await rate_store.put(removal)
        await rate_store.put(SECOND)
        await rate_store.mark_announced([removal])
        assert await rate_store.pending(10) == [SECOND]

    async def test_a_state_of_equal_version_that_wins_is_pending_in_its_own_right(
        self, rate_store: RateStore
    ) -> None:
        lower, higher = Rate("ann", "tt1", 9, 5), Rate("ann", "tt1", 10, 5)
        await rate_store.put(lower)
        await rate_store.put(higher)
        await rate_store.mark_announced([lower])
        assert await rate_store.pending(10) == [higher]
        removal = Rate("ann", "tt1", None, 5)
        await rate_store.mark_announced([higher])
        await rate_store.put(removal)
        assert await rate_store.pending(10) == [removal]

    async def test_a_state_that_is_beaten_makes_nothing_pending(
        self, rate_store: RateStore
    ) -> None:
        await rate_store.put(SECOND)
        await rate_store.mark_announced([SECOND])
        await rate_store.put(FIRST)
        await rate_store.put_many([FIRST])
        assert await rate_store.pending(10) == []
        assert await rate_store.pending_count() == 0

    async def test_the_limit_holds_and_repeated_looks_find_everything(
        self, rate_store: RateStore
    ) -> None:
        rates = [Rate("ann", f"tt{n}", 5, 1) for n in range(50)]
        await rate_store.put_many(rates)
        found: list[Rate] = []
        for _ in range(5):
            some = await rate_store.pending(10)
            assert len(some) == 10
            await rate_store.mark_announced(some)
            found += some
        assert unordered(found) == unordered(rates)
        assert await rate_store.pending(10) == []

    async def test_a_grace_leaves_out_what_was_just_put(
        self, rate_store: RateStore, clock: ManualClock
    ) -> None:
        await rate_store.put(FIRST)
        clock.advance(4.5)
        assert await rate_store.pending(10, grace=5) == []
        assert await found_within(rate_store, clock, 5, 10 * 60) == [FIRST]

    async def test_the_grace_has_nothing_to_do_with_versions(
        self, rate_store: RateStore, clock: ManualClock
    ) -> None:
        old, future = Rate("ann", "tt1", 5, 1), Rate("ann", "tt2", 5, 2**58)
        await rate_store.put_many([old, future])
        clock.advance(4.5)
        assert await rate_store.pending(10, grace=5) == []
        found = await found_within(rate_store, clock, 5, 10 * 60)
        assert unordered(found) == unordered([old, future])

    async def test_a_grace_leaves_out_what_is_put_while_they_are_looked_for(
        self, rate_store: RateStore, clock: ManualClock
    ) -> None:
        for number in range(50):
            look = asyncio.ensure_future(rate_store.pending(10, grace=5))
            await asyncio.sleep(0)
            clock.advance(0.002)
            await rate_store.put(Rate("ann", f"tt{number}", 5, 1))
            assert await look == []

    async def test_the_oldest_come_first(self, rate_store: RateStore, clock: ManualClock) -> None:
        rates = [Rate("ann", f"tt{n}", 5, 9 - n) for n in range(5)]
        for rate in rates:
            await rate_store.put(rate)
            clock.advance(10 * 60)
        for rate in rates:
            assert await rate_store.pending(1, grace=1) == [rate]
            await rate_store.mark_announced([rate])

    async def test_none_is_passed_over_when_the_clock_is_set_back(
        self, rate_store: RateStore, clock: ManualClock
    ) -> None:
        await rate_store.put(FIRST)
        clock.set_back(HOUR)
        assert await found_within(rate_store, clock, 2, 20 * 60) == [FIRST]

    async def test_the_limit_holds_when_the_clock_is_set_back(
        self, rate_store: RateStore, clock: ManualClock
    ) -> None:
        await rate_store.put_many([Rate("ann", f"tt{n}", 5, 1) for n in range(5)])
        clock.set_back(HOUR)
        await rate_store.put_many([Rate("bob", f"tt{n}", 5, 1) for n in range(5)])
        clock.advance(10 * 60)
        assert len(await rate_store.pending(6, grace=1)) <= 6

    async def test_the_other_instances_rates_are_found(
        self, rate_store: RateStore, second_rate_store: RateStore, clock: ManualClock
    ) -> None:
        await rate_store.put(FIRST)
        assert await found_within(second_rate_store, clock, 2, 20 * 60) == [FIRST]
        await second_rate_store.mark_announced([FIRST])
        assert await second_rate_store.pending(10) == []
        # The instance that put it may announce it once more.
        again = await rate_store.pending(10)
        assert again in ([], [FIRST])
        await rate_store.mark_announced(again)
        assert await rate_store.pending(10) == []

    async def test_of_a_random_history_what_holds_is_pending(self, rate_store: RateStore) -> None:
        rates = history(9, MOVIE_IDS)
        for rate in rates:
            await rate_store.put(rate)
        states = held(rates)
        assert unordered(await rate_store.pending(1000)) == unordered(states.values())
        assert await rate_store.pending_count() == len(states)
        await announce_all(rate_store)
        assert await rate_store.pending_count() == 0
        assert unordered(await listed(rate_store.scan())) == unordered(states.values())
