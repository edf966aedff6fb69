"""Contract: per-user states, and the averages that move with them."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import overload

import pytest

from movieserver.backends import MovieStore
from movieserver.models import Average, Movie, Rate
from movieserver.testing.movie_store.model import MovieModel, rates_of
from movieserver.testing.samples import history, listed

RATED = Movie("tt1", "One", 2000, 10)
MOVIES = [RATED, Movie("tt2", "Two", 2000, 10), Movie("tt3", "Three"), Movie("tt4", "Four")]
HISTORY_IDS = ["tt1", "tt2", "tt3", "tt-unknown"]
MANY = 12_000


class BreakingOff(Sequence[Rate]):
    """Rates that raise ``ZeroDivisionError`` after the last one."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._rates = rates

    def __len__(self) -> int:
        return len(self._rates) + 1

    @overload
    def __getitem__(self, index: int) -> Rate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rate]: ...
    def __getitem__(self, index: int | slice) -> Rate | Sequence[Rate]:
        if isinstance(index, int) and index >= len(self._rates):
            raise ZeroDivisionError
        return self._rates[index]

    def __iter__(self) -> Iterator[Rate]:
        yield from self._rates
        raise ZeroDivisionError


async def check(store: MovieStore, model: MovieModel) -> None:
    """Assert that the store gives the same answers as the model."""
    states = await listed(store.scan_states())
    assert len(states) == len(model.states)
    assert {(state.user_id, state.movie_id): state for state in states} == model.states
    assert await listed(store.scan_averages()) == model.averages()
    for min_votes in (0, 1, 3):
        assert await store.top(10, min_votes) == model.top(10, min_votes)
    for prior_count in (1, 25):
        assert await store.top_weighted(10, prior_count) == model.top_weighted(10, prior_count)


class StatesContract:
    """Of all states of one user and movie, in whatever order they come, one is kept."""

    async def test_a_rate_counts(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies([RATED])
        assert await movie_store.apply([Rate("ann", "tt1", 9, 1_763_000_000_000_000)]) == 1
        movie = await movie_store.movie("tt1")
        assert movie is not None
        assert movie.distribution == (0, 0, 0, 0, 0, 0, 0, 0, 1, 0)
        assert await listed(movie_store.scan_averages()) == [Average("tt1", 9, 1)]

    async def test_each_rate_has_its_place_in_the_distribution(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies([RATED])
        rates = [rate for rate in range(1, 11) for _ in range(rate)]
        assert await movie_store.apply(rates_of("tt1", rates)) == 55
        movie = await movie_store.movie("tt1")
        assert movie is not None
        assert movie.distribution == (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
        assert await listed(movie_store.scan_averages()) == [Average("tt1", 385, 55)]

    async def test_nothing_to_apply(self, movie_store: MovieStore) -> None:
        assert await movie_store.apply([]) == 0
        assert await listed(movie_store.scan_states()) == []
        assert await listed(movie_store.scan_averages()) == []

    @pytest.mark.parametrize("together", [True, False])
    async def test_the_greatest_precedence_holds_in_whatever_order_states_come(
        self, movie_store: MovieStore, together: bool
    ) -> None:
        states = [Rate("u", "tt", 10, 4), Rate("u", "tt", None, 4), Rate("u", "tt", 2, 5)]
        states += [Rate("u", "tt", 7, 5)]
        orders = list(permutations(states))
        for number, order in enumerate(orders):
            batch = [Rate("u", f"tt{number:02}", each.rate, each.version) for each in order]
            for rates in [batch] if together else [[each] for each in batch]:
                await movie_store.apply(rates)
        held = {(state.rate, state.version) for state in await listed(movie_store.scan_states())}
        assert held == {(7, 5)}
        expected = [Average(f"tt{number:02}", 7, 1) for number in range(len(orders))]
        assert await listed(movie_store.scan_averages()) == expected

    async def test_at_equal_versions_a_removal_beats_every_rate(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.apply([Rate("ann", "tt1", None, 7), Rate("bob", "tt1", 10, 7)])
        assert await movie_store.apply([Rate("ann", "tt1", 10, 7), Rate("bob", "tt1", 9, 7)]) == 0
        assert await movie_store.apply([Rate("bob", "tt1", None, 7)]) == 1
        assert await listed(movie_store.scan_averages()) == []

    async def test_a_replay_changes_nothing(self, movie_store: MovieStore) -> None:
        rates = history(1, HISTORY_IDS)
        await movie_store.apply(rates)
        before = await movie_store.revision()
        averages = await listed(movie_store.scan_averages())
        assert await movie_store.apply(rates) == 0
        assert await movie_store.apply(rates[::-1][:50]) == 0
        assert await listed(movie_store.scan_averages()) == averages
        assert await movie_store.revision() == before

    async def test_a_state_counts_as_changed_once_a_batch(self, movie_store: MovieStore) -> None:
        rates = [Rate("ann", "tt1", rate, version) for version, rate in enumerate([1, 5, 9], 1)]
        assert await movie_store.apply([*rates, Rate("bob", "tt1", 3, 1)]) == 2

    async def test_the_same_rate_with_a_later_version_is_a_change(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.apply([Rate("ann", "tt1", 9, 1)])
        assert await movie_store.apply([Rate("ann", "tt1", 9, 3)]) == 1
        assert await movie_store.apply([Rate("ann", "tt1", 2, 2)]) == 0
        assert await listed(movie_store.scan_states()) == [Rate("ann", "tt1", 9, 3)]

    async def test_any_user_and_any_version(self, movie_store: MovieStore) -> None:
        rates = [
            Rate("x" * 255, "tt1", 1, 1),
            Rate("Ünïcødé 用户 🎬", "tt1", 2, 2**63 - 1),
            Rate("e\u0301", "tt1", 3, 2**53 + 1),
            Rate("\u00e9", "tt1", 4, 2**53 + 2),
            Rate("\"quoted' \\ user; --", "tt1", None, 5),
            Rate(" ", "A-very_long-movie-id", 6, 6),
            Rate("7", "7", 7, 7),
        ]
        assert await movie_store.apply(rates) == len(rates)
        assert sorted(await listed(movie_store.scan_states()), key=repr) == sorted(rates, key=repr)

    @pytest.mark.parametrize("seed", range(4))
    async def test_random_histories(self, movie_store: MovieStore, seed: int) -> None:
        chance, model = random.Random(seed), MovieModel(MOVIES)
        await movie_store.put_movies(MOVIES)
        rates = history(seed, HISTORY_IDS)
        while rates:
            size = chance.choice([1, 10, 100])
            batch, rates = rates[:size], rates[size:]
            assert await movie_store.apply(batch) == model.apply(batch)
        await check(movie_store, model)

    async def test_after_an_error_nothing_was_applied(self, movie_store: MovieStore) -> None:
        await movie_store.apply(rates_of("tt1", [5]))
        before = await movie_store.revision()
        with pytest.raises(ZeroDivisionError):
            await movie_store.apply(BreakingOff(rates_of("tt1", [9, 9], version=2)))
        assert await listed(movie_store.scan_states()) == rates_of("tt1", [5])
        assert await listed(movie_store.scan_averages()) == [Average("tt1", 5, 1)]
        assert await movie_store.revision() == before

    async def test_two_that_apply_at_once_lose_nothing(
        self, movie_store: MovieStore, second_movie_store: MovieStore
    ) -> None:
        model = MovieModel(MOVIES)
        await movie_store.put_movies(MOVIES)
        batches = [history(seed, HISTORY_IDS, 100) for seed in range(10)]
        stores = [movie_store, second_movie_store]
        await asyncio.gather(
            *(stores[number % 2].apply(batch) for number, batch in enumerate(batches)),
            *(stores[number % 2].apply(batch) for number, batch in enumerate(batches, 1)),
        )
        for batch in batches:
            model.apply(batch)
        await check(movie_store, model)
        await check(second_movie_store, model)

    async def test_a_large_batch_and_long_scans(self, movie_store: MovieStore) -> None:
        rates = [Rate(f"u{n % 7}", f"tt{n}", n % 10 + 1, n + 1) for n in range(MANY)]
        assert await movie_store.apply(rates) == MANY
        states = [state async for state in movie_store.scan_states()]
        averages = [average async for average in movie_store.scan_averages()]
        assert max(map(len, states)) < MANY
        assert max(map(len, averages)) < MANY
        assert {state for each in states for state in each} == set(rates)
        found = [average for each in averages for average in each]
        assert found == sorted(
            (Average(rate.movie_id, rate.rate or 0, 1) for rate in rates),
            key=lambda average: average.movie_id,
        )
