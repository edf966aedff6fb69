"""Contract: a user's list, newest first, and scans of everything."""

import random

import pytest

from movieserver.backends import RateStore
from movieserver.models import Rate
from movieserver.testing.rate_store.model import MOVIE_IDS, held, paged, unordered
from movieserver.testing.samples import history, listed

SCANNED = 12_000
LONG = 12_000
"""Rates of one user: more than an engine returns at once."""


class UserRatesContract:
    """user_rates."""

    async def test_the_newest_comes_first(self, rate_store: RateStore) -> None:
        rates = [Rate("ann", f"tt{n}", 5, n) for n in range(1, 30)]
        await rate_store.put_many(random.Random(1).sample(rates, len(rates)))
        await rate_store.put(Rate("bob", "tt1", 1, 99))
        assert await rate_store.user_rates("ann", 100) == rates[::-1]
        assert await rate_store.user_rates("ann", 3) == rates[:-4:-1]
        assert await rate_store.user_rates("nobody", 100) == []

    async def test_equal_versions_are_ordered_by_movie_descending(
        self, rate_store: RateStore
    ) -> None:
        ids = ["A", "Z", "_", "a", "a0", "tt10", "tt2", "z", "-", "0"]
        await rate_store.put_many([Rate("ann", movie_id, 5, 7) for movie_id in ids])
        listed_ids = [rate.movie_id for rate in await rate_store.user_rates("ann", 100)]
        assert listed_ids == sorted(ids, reverse=True)

    async def test_a_rate_that_changed_comes_first_once(self, rate_store: RateStore) -> None:
        await rate_store.put_many([Rate("ann", f"tt{n}", 5, n) for n in range(1, 5)])
        await rate_store.put(Rate("ann", "tt2", 6, 9))
        ids = [rate.movie_id for rate in await rate_store.user_rates("ann", 100)]
        assert ids == ["tt2", "tt4", "tt3", "tt1"]

    async def test_removals_are_left_out(self, rate_store: RateStore) -> None:
        await rate_store.put_many([Rate("ann", f"tt{n}", 5, n) for n in range(1, 30)])
        for n in range(2, 29):
            await rate_store.put(Rate("ann", f"tt{n}", None, 50))
        expected = [Rate("ann", "tt29", 5, 29), Rate("ann", "tt1", 5, 1)]
        assert await rate_store.user_rates("ann", 2) == expected
        assert await paged(rate_store, "ann", 1) == expected

    @pytest.mark.parametrize("limit", [1, 2, 7, 100])
    async def test_pages_join_without_gap_or_overlap(
        self, rate_store: RateStore, limit: int
    ) -> None:
        rates = [Rate("ann", f"tt{n:02}", n % 10 + 1, n // 6 + 1) for n in range(30)]
        await rate_store.put_many(rates)
        assert await paged(rate_store, "ann", limit) == rates[::-1]

    async def test_a_page_goes_on_after_a_rate_that_is_gone(self, rate_store: RateStore) -> None:
        await rate_store.put_many([Rate("ann", f"tt{n}", 5, n) for n in range(1, 6)])
        first = await rate_store.user_rates("ann", 2)
        await rate_store.put(Rate("ann", first[-1].movie_id, None, 50))
        await rate_store.put(Rate("ann", "tt9", 5, 51))
        before = (first[-1].version, first[-1].movie_id)
        rest = await rate_store.user_rates("ann", 10, before)
        assert [rate.movie_id for rate in rest] == ["tt3", "tt2", "tt1"]

    async def test_a_long_list_is_paged_and_erased_whole(self, rate_store: RateStore) -> None:
        rates = [Rate("ann", f"tt{n}", 5, n) for n in range(1, LONG + 1)]
        await rate_store.put_many(random.Random(2).sample(rates, LONG))
        assert await paged(rate_store, "ann", 5000) == rates[::-1]
        assert await rate_store.user_rates("ann", 2, (7, "tt7")) == [rates[5], rates[4]]
        stays = Rate("ann", "tt6000", 9, LONG + 2)
        await rate_store.put(stays)
        erased = await rate_store.erase("ann", LONG + 1)
        assert {rate.movie_id for rate in erased} == {f"tt{n}" for n in range(1, LONG + 1)} - {
            "tt6000"
        }
        assert await rate_store.user_rates("ann", 10) == [stays]


class ScanContract:
    """scan."""

    async def test_every_state_comes_once_removals_included(self, rate_store: RateStore) -> None:
        rates = history(5, MOVIE_IDS)
        await rate_store.put_many(rates)
        assert unordered(await listed(rate_store.scan())) == unordered(held(rates).values())

    async def test_states_that_change_during_a_scan(self, rate_store: RateStore) -> None:
        old = [Rate(f"user {n % 97}", f"tt{n}", 5, 1) for n in range(SCANNED)]
        new = [Rate(rate.user_id, rate.movie_id, None, 2) for rate in old[::3]]
        await rate_store.put_many(old)
        scanned: list[Rate] = []
        changes = iter(range(0, len(new), 1000))
        async for states in rate_store.scan():
            scanned += states
            start = next(changes, len(new))
            await rate_store.put_many(new[start : start + 1000])
            await rate_store.put(Rate(f"later {start}", "tt1", 5, 3))
        known = [state for state in scanned if not state.user_id.startswith("later")]
        assert len(known) == SCANNED
        assert {(state.user_id, state.movie_id) for state in known} == held(old).keys()
        assert set(known) <= {*old, *new}

    async def test_two_scans_at_once(self, rate_store: RateStore) -> None:
        rates = [Rate(f"user {n}", "tt1", 5, 1) for n in range(100)]
        await rate_store.put_many(rates)
        first, second = rate_store.scan(), rate_store.scan()
        assert unordered(await listed(first)) == unordered(rates)
        assert unordered(await listed(second)) == unordered(rates)
