"""Contract: how a store with wrong states or averages is mended."""

import asyncio
from collections.abc import Awaitable, Callable

from movieserver.backends import MovieStore
from movieserver.models import RATES, Average, Movie, Rate
from movieserver.testing.movie_store.averages import HISTORY_IDS, MOVIES, check
from movieserver.testing.movie_store.model import MovieModel, rates_of
from movieserver.testing.samples import history, listed

Falsify = Callable[[str], Awaitable[None]]
"""Adds, behind the store's back, one rate of 10 to the average of a movie and to no state."""


class CorrectContract:
    """Wrong states are replaced by right ones."""

    async def test_a_wrong_state_goes_and_the_average_follows(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.apply(rates_of("tt1", [4, 9]))
        assert await movie_store.correct(rates_of("tt1", [4]), []) == 1
        assert await listed(movie_store.scan_states()) == [Rate("user 2", "tt1", 9, 1)]
        assert await listed(movie_store.scan_averages()) == [Average("tt1", 9, 1)]

    async def test_each_rate_leaves_its_place_in_the_distribution(
        self, movie_store: MovieStore
    ) -> None:
        # Every rate has a count of its own, so that none can be taken for another; one each stays.
        states = rates_of("tt1", [*RATES, *(rate for rate in RATES for _ in range(rate))])
        await movie_store.put_movies([Movie("tt1", "One")])
        await movie_store.apply(states)
        assert await movie_store.correct(states[10:], []) == 55
        assert [movie.distribution for movie in await movie_store.top(1)] == [(1,) * 10]

    async def test_the_right_state_takes_the_place_against_precedence(
        self, movie_store: MovieStore
    ) -> None:
        wrong, right = rates_of("tt1", [4, None], version=9), rates_of("tt1", [7, 8], version=3)
        await movie_store.apply(wrong)
        assert await movie_store.correct(wrong, right) == 2
        assert sorted(await listed(movie_store.scan_states()), key=repr) == right
        assert await listed(movie_store.scan_averages()) == [Average("tt1", 15, 2)]

    async def test_only_exactly_the_wrong_state_is_removed(self, movie_store: MovieStore) -> None:
        kept = rates_of("tt1", [4, 5, None, 6], version=5)
        await movie_store.apply(kept)
        wrong = [
            Rate("user 1", "tt1", 4, 4),
            Rate("user 2", "tt1", 6, 5),
            Rate("user 3", "tt1", 6, 5),
            Rate("user 4", "tt1", None, 5),
            Rate("user 4", "tt2", 6, 5),
            Rate("nobody", "tt1", 6, 5),
        ]
        right = [Rate(each.user_id, each.movie_id, 1, 9) for each in wrong]
        assert await movie_store.correct(wrong, right) == 0
        assert sorted(await listed(movie_store.scan_states()), key=repr) == kept
        assert await listed(movie_store.scan_averages()) == [Average("tt1", 15, 3)]

    async def test_a_right_state_without_a_wrong_one_is_not_put(
        self, movie_store: MovieStore
    ) -> None:
        wrong = rates_of("tt1", [4])
        await movie_store.apply(wrong)
        assert await movie_store.correct(wrong, rates_of("tt2", [7])) == 1
        assert await listed(movie_store.scan_states()) == []
        assert await listed(movie_store.scan_averages()) == []

    async def test_a_corrected_state_can_be_rated_again(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies([Movie("tt1", "One")])
        await movie_store.apply(rates_of("tt1", [4], version=9))
        await movie_store.correct(rates_of("tt1", [4], version=9), [])
        assert await movie_store.apply(rates_of("tt1", [6], version=2)) == 1
        assert [movie.rate_sum for movie in await movie_store.top(1)] == [6]


class RecountContract:
    """Averages can be derived from the states again."""

    async def test_wrong_averages_are_set_right_and_returned_as_they_were(
        self, movie_store: MovieStore, falsify: Falsify
    ) -> None:
        model = MovieModel(MOVIES)
        rates = history(3, HISTORY_IDS)
        model.apply(rates)
        await movie_store.put_movies(MOVIES)
        await movie_store.apply(rates)
        right = {average.movie_id: average for average in model.averages()}
        wrong = [
            Average(each.movie_id, each.rate_sum + 10, each.rate_count + 1)
            for each in (right["tt-unknown"], right["tt2"], Average("tt4", 0, 0))
        ]
        for average in wrong:
            await falsify(average.movie_id)
        before = await movie_store.revision()
        movie_ids = ["tt1", "tt2", "tt3", "tt4", "tt-unknown", "tt-never-seen"]
        found = await movie_store.recount(movie_ids)
        assert sorted(found, key=repr) == sorted(wrong, key=repr)
        await check(movie_store, model)
        assert (await movie_store.revision()).movies > before.movies
        assert await movie_store.recount(movie_ids) == []
        await check(movie_store, model)

    async def test_only_the_movies_asked_for_are_counted(
        self, movie_store: MovieStore, falsify: Falsify
    ) -> None:
        await movie_store.apply(rates_of("tt1", [5]) + rates_of("tt2", [5]))
        await falsify("tt1")
        await falsify("tt2")
        assert await movie_store.recount([]) == []
        assert await movie_store.recount(["tt2"]) == [Average("tt2", 15, 2)]
        assert await listed(movie_store.scan_averages()) == [
            Average("tt1", 15, 2),
            Average("tt2", 5, 1),
        ]

    async def test_rates_that_come_meanwhile_stay_in_step(
        self, movie_store: MovieStore, second_movie_store: MovieStore, falsify: Falsify
    ) -> None:
        model = MovieModel(MOVIES)
        await movie_store.put_movies(MOVIES)
        batches = [history(seed, HISTORY_IDS, 40) for seed in range(12)]
        await falsify("tt1")
        await asyncio.gather(
            *(movie_store.apply(batch) for batch in batches),
            *(second_movie_store.recount(HISTORY_IDS) for _ in batches),
        )
        for batch in batches:
            model.apply(batch)
        await check(movie_store, model)

    async def test_every_id_with_states_or_an_average_is_listed(
        self, movie_store: MovieStore, falsify: Falsify
    ) -> None:
        await movie_store.put_movies([Movie(f"tt{number}", "Film") for number in range(9)])
        await movie_store.apply(rates_of("tt3", [5]) + rates_of("tt1", [None, 4]))
        await movie_store.apply(rates_of("tt2", [None]) + rates_of("outside", [6]))
        await falsify("tt7")
        expected = ["outside", "tt1", "tt2", "tt3", "tt7"]
        assert await movie_store.average_ids("", 100) == expected
        assert await movie_store.average_ids("", 2) == expected[:2]
        assert await movie_store.average_ids("tt1", 2) == expected[2:4]
        assert await movie_store.average_ids("tt4", 2) == expected[4:]
        assert await movie_store.average_ids("tt7", 2) == []
