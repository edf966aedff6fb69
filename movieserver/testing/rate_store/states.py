"""Contract: of all states of one user and movie, in whatever order they are put, one is kept."""

import asyncio
from itertools import permutations

import pytest

from movieserver.backends import RateStore
from movieserver.errors import StoreError
from movieserver.models import LAST_VERSION, Rate
from movieserver.testing.rate_store.model import MOVIE_IDS, announce_all, held, newest, unordered
from movieserver.testing.samples import history, listed

MANY = 12_000
AHEAD = 2**55
"""A version that no clock gives: it is in the year 3111."""


class StoreContract:
    """Opening, closing, and two instances on the same data."""

    async def test_a_store_starts_empty(self, rate_store: RateStore) -> None:
        await rate_store.ping()
        assert await rate_store.get("ann", "tt1") is None
        assert await rate_store.get_many([("ann", "tt1")]) == {}
        assert await rate_store.user_rates("ann", 10) == []
        assert await listed(rate_store.scan()) == []
        assert await rate_store.pending(10) == []
        assert await rate_store.pending_count() == 0

    async def test_a_closed_store_refuses_and_may_be_opened_again(
        self, rate_store: RateStore
    ) -> None:
        await rate_store.put(Rate("ann", "tt1", 9, 1))
        await rate_store.close()
        await rate_store.close()
        with pytest.raises(StoreError):
            await rate_store.ping()
        with pytest.raises(StoreError):
            await rate_store.put(Rate("ann", "tt1", 8, 2))
        with pytest.raises(StoreError):
            await rate_store.get("ann", "tt1")
        await rate_store.open()
        await rate_store.ping()
        assert await rate_store.get("ann", "tt1") == Rate("ann", "tt1", 9, 1)
        assert await rate_store.pending(10) == [Rate("ann", "tt1", 9, 1)]

    async def test_the_latest_version_is_not_below_any_or_unknown(
        self, rate_store: RateStore, second_rate_store: RateStore
    ) -> None:
        await rate_store.put(Rate("ann", "tt1", 9, 5))
        await rate_store.put_many([Rate("ann", "tt2", 9, 7), Rate("ann", "tt3", 9, 6)])
        latest = await second_rate_store.latest()
        assert latest == 0 or latest >= 7
        await rate_store.erase("ann", 8)
        latest = await second_rate_store.latest()
        assert latest == 0 or latest >= 8

    async def test_a_stores_own_puts_count_for_the_latest_version_at_once(
        self, rate_store: RateStore
    ) -> None:
        await rate_store.put(Rate("ann", "tt1", 9, 5))
        told = await rate_store.latest()
        await rate_store.put(Rate("ann", "tt2", 9, AHEAD))
        latest = await rate_store.latest()
        assert told == latest == 0 or latest >= AHEAD

    async def test_the_latest_version_is_known_when_all_were_closed(
        self, rate_store: RateStore
    ) -> None:
        await rate_store.put(Rate("ann", "tt1", 9, AHEAD))
        told = await rate_store.latest()
        await announce_all(rate_store)
        await rate_store.close()
        await rate_store.open()
        latest = await rate_store.latest()
        assert told == latest == 0 or min(told, latest) >= AHEAD

    async def test_what_one_instance_puts_the_other_has(
        self, rate_store: RateStore, second_rate_store: RateStore
    ) -> None:
        assert await rate_store.put(Rate("ann", "tt1", 9, 2))
        await second_rate_store.put(Rate("ann", "tt1", 8, 1))
        assert await second_rate_store.put(Rate("ann", "tt2", 7, 1))
        for store in (rate_store, second_rate_store):
            assert await store.user_rates("ann", 10) == [
                Rate("ann", "tt1", 9, 2),
                Rate("ann", "tt2", 7, 1),
            ]

    async def test_two_that_put_at_once_lose_nothing(
        self, rate_store: RateStore, second_rate_store: RateStore
    ) -> None:
        rates = history(1, MOVIE_IDS)
        stores = [rate_store, second_rate_store]
        await asyncio.gather(*(stores[n % 2].put(rate) for n, rate in enumerate(rates)))
        for store in stores:
            assert unordered(await listed(store.scan())) == unordered(held(rates).values())


class StatesContract:
    """put, put_many, get, get_many."""

    async def test_a_rate_is_there_once_it_was_put(self, rate_store: RateStore) -> None:
        for version in range(1, 20):
            rate = Rate("ann", "tt1", version % 10 + 1, version)
            await rate_store.put(rate)
            assert await rate_store.get("ann", "tt1") == rate

    async def test_a_removal_is_a_state(self, rate_store: RateStore) -> None:
        await rate_store.put(Rate("ann", "tt1", 9, 1))
        await rate_store.put(Rate("ann", "tt1", None, 2))
        assert await rate_store.get("ann", "tt1") == Rate("ann", "tt1", None, 2)

    async def test_a_removal_beats_older_states_that_come_late(self, rate_store: RateStore) -> None:
        await rate_store.put(Rate("ann", "tt1", None, 2))
        await rate_store.put(Rate("ann", "tt1", 9, 1))
        assert await rate_store.get("ann", "tt1") == Rate("ann", "tt1", None, 2)
        assert await rate_store.user_rates("ann", 10) == []

    @pytest.mark.parametrize("together", [True, False])
    async def test_the_greatest_precedence_holds_in_whatever_order_states_are_put(
        self, rate_store: RateStore, together: bool
    ) -> None:
        states = [(10, 4), (None, 4), (2, 5), (7, 5)]
        orders = list(permutations(states))
        for number, order in enumerate(orders):
            rates = [Rate("ann", f"tt{number}", rate, version) for rate, version in order]
            if together:
                await rate_store.put_many(rates)
            else:
                for rate in rates:
                    await rate_store.put(rate)
        kept = await rate_store.get_many([("ann", f"tt{n}") for n in range(len(orders))])
        assert len(kept) == len(orders)
        assert {(rate.rate, rate.version) for rate in kept.values()} == {(7, 5)}

    @pytest.mark.parametrize("order", [1, -1])
    async def test_at_equal_versions_a_removal_beats_the_highest_rate(
        self, rate_store: RateStore, order: int
    ) -> None:
        for rate in [Rate("ann", "tt1", None, 7), Rate("ann", "tt1", 10, 7)][::order]:
            await rate_store.put(rate)
        assert await rate_store.get("ann", "tt1") == Rate("ann", "tt1", None, 7)

    @pytest.mark.parametrize("order", [1, -1])
    async def test_at_equal_versions_the_higher_rate_holds(
        self, rate_store: RateStore, order: int
    ) -> None:
        for rate in [Rate("ann", "tt1", 9, 7), Rate("ann", "tt1", 10, 7)][::order]:
            await rate_store.put(rate)
        assert await rate_store.get("ann", "tt1") == Rate("ann", "tt1", 10, 7)

    async def test_versions_reach_from_0_to_the_last(self, rate_store: RateStore) -> None:
        first, last = Rate("ann", "tt1", 5, 0), Rate("ann", "tt2", 5, LAST_VERSION)
        await rate_store.put(first)
        await rate_store.put(last)
        assert await rate_store.user_rates("ann", 10) == [last, first]
        assert await rate_store.user_rates("ann", 10, (LAST_VERSION, "tt2")) == [first]
        assert unordered(await rate_store.pending(10)) == [first, last]
        await rate_store.mark_announced([first, last])
        assert await rate_store.pending(10) == []
        removals = [Rate("ann", movie_id, None, LAST_VERSION) for movie_id in ("tt1", "tt2")]
        assert unordered(await rate_store.erase("ann", LAST_VERSION)) == removals
        await rate_store.put(Rate("ann", "tt1", 9, LAST_VERSION))
        assert await rate_store.get("ann", "tt1") == removals[0]

    async def test_what_is_put_again_changes_nothing(self, rate_store: RateStore) -> None:
        rates = [Rate("ann", "tt1", 9, 5), Rate("ann", "tt2", None, 5)]
        for _ in range(3):
            await rate_store.put_many(rates)
            await rate_store.put(rates[0])
        assert unordered(await listed(rate_store.scan())) == unordered(rates)
        assert await rate_store.user_rates("ann", 10) == rates[:1]

    async def test_users_and_movies_are_told_apart(self, rate_store: RateStore) -> None:
        rates = [
            Rate("ann", "tt1", 1, 1),
            Rate("Ann", "tt1", 2, 1),
            Rate("ann", "TT1", 3, 1),
            Rate("ann ", "tt1", 4, 1),
            Rate("ann", "tt11", 5, 1),
            Rate("annt", "t1", 6, 1),
        ]
        await rate_store.put_many(rates)
        for rate in rates:
            assert await rate_store.get(rate.user_id, rate.movie_id) == rate

    async def test_any_user_and_any_version(self, rate_store: RateStore) -> None:
        rates = [
            Rate("x" * 255, "tt1", 1, 1),
            Rate("Ünïcødé 用户 🎬", "tt1", 2, 2**58),
            Rate("e\u0301", "tt1", 3, 2**53 + 1),
            Rate("\u00e9", "tt1", 4, 2**53 + 2),
            Rate("\"quoted' \\ user; -- ?1 :a", "tt1", None, 5),
            Rate(" ", "A-very_long-movie-id", 6, 6),
            Rate("7", "7", 7, 7),
        ]
        await rate_store.put_many(rates[:3])
        for rate in rates[3:]:
            await rate_store.put(rate)
        for rate in rates:
            assert await rate_store.get(rate.user_id, rate.movie_id) == rate
        assert unordered(await listed(rate_store.scan())) == unordered(rates)

    async def test_get_many_leaves_out_what_was_never_put(self, rate_store: RateStore) -> None:
        rate, removal = Rate("ann", "tt1", 9, 1), Rate("bob", "tt2", None, 1)
        await rate_store.put_many([rate, removal])
        keys = [("ann", "tt1"), ("bob", "tt2"), ("ann", "tt2"), ("cem", "tt1")]
        expected = {("ann", "tt1"): rate, ("bob", "tt2"): removal}
        assert await rate_store.get_many(keys) == expected
        assert await rate_store.get_many(keys * 2) == expected
        assert await rate_store.get_many([]) == {}

    @pytest.mark.parametrize("seed", range(4))
    async def test_random_histories(self, rate_store: RateStore, seed: int) -> None:
        rates = history(seed, MOVIE_IDS)
        half = len(rates) // 2
        for start in range(0, half, 25):
            await rate_store.put_many(rates[start : start + 25])
        await asyncio.gather(*(rate_store.put(rate) for rate in rates[half:]))
        expected = held(rates)
        assert await rate_store.get_many(expected) == expected
        for user_id in {user_id for user_id, _ in expected}:
            assert await rate_store.user_rates(user_id, 100) == newest(expected, user_id)

    async def test_many_at_once(self, rate_store: RateStore) -> None:
        await rate_store.put_many([])
        rates = [Rate(f"u{n % 7}", f"tt{n}", n % 10 + 1, n + 1) for n in range(MANY)]
        await rate_store.put_many(rates)
        assert await rate_store.get_many([(r.user_id, r.movie_id) for r in rates]) == held(rates)


class EraseContract:
    """erase."""

    async def test_a_removal_is_put_over_each_rate(self, rate_store: RateStore) -> None:
        await rate_store.put_many([Rate("ann", f"tt{n}", 5, n) for n in range(1, 40)])
        await rate_store.put(Rate("bob", "tt1", 5, 1))
        removals = [Rate("ann", f"tt{n}", None, 50) for n in range(1, 40)]
        assert unordered(await rate_store.erase("ann", 50)) == unordered(removals)
        assert await rate_store.user_rates("ann", 100) == []
        assert await rate_store.get("ann", "tt7") == Rate("ann", "tt7", None, 50)
        assert await rate_store.user_rates("bob", 100) == [Rate("bob", "tt1", 5, 1)]

    async def test_a_rate_that_is_newer_stays(self, rate_store: RateStore) -> None:
        await rate_store.put_many([Rate("ann", f"tt{n}", 5, n) for n in (49, 50, 51)])
        erased = await rate_store.erase("ann", 50)
        assert unordered(erased) == [Rate("ann", "tt49", None, 50), Rate("ann", "tt50", None, 50)]
        assert await rate_store.user_rates("ann", 100) == [Rate("ann", "tt51", 5, 51)]

    async def test_what_is_put_later_counts_again(self, rate_store: RateStore) -> None:
        await rate_store.put(Rate("ann", "tt1", 5, 1))
        await rate_store.erase("ann", 50)
        await rate_store.put(Rate("ann", "tt1", 9, 49))
        await rate_store.put(Rate("ann", "tt1", 10, 50))
        assert await rate_store.user_rates("ann", 100) == []
        await rate_store.put(Rate("ann", "tt1", 8, 51))
        assert await rate_store.user_rates("ann", 100) == [Rate("ann", "tt1", 8, 51)]

    async def test_erasing_twice_or_an_unknown_user_gives_nothing(
        self, rate_store: RateStore
    ) -> None:
        await rate_store.put_many([Rate("ann", "tt1", 5, 1), Rate("ann", "tt2", None, 1)])
        assert await rate_store.erase("ann", 50) == [Rate("ann", "tt1", None, 50)]
        assert await rate_store.erase("ann", 60) == []
        assert await rate_store.erase("nobody", 60) == []
        assert await rate_store.get("ann", "tt2") == Rate("ann", "tt2", None, 1)

    async def test_the_removals_are_pending(self, rate_store: RateStore) -> None:
        rates = [Rate("ann", "tt1", 5, 1), Rate("ann", "tt2", 6, 1)]
        await rate_store.put_many(rates)
        await rate_store.mark_announced(rates)
        removals = await rate_store.erase("ann", 50)
        assert len(removals) == 2
        assert unordered(await rate_store.pending(10)) == unordered(removals)
