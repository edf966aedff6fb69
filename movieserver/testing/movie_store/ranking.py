"""Contract: the ranking, the weighted ranking and the stored view."""

import asyncio
from dataclasses import replace

import pytest

from movieserver.backends import MovieStore
from movieserver.models import Movie, Rate
from movieserver.testing.movie_store.model import MovieModel, ids, rates_of

TWELVE = [Movie(f"tt{number:02}", f"Film {number}", 1990, 1000 - number) for number in range(12)]
"""Films that rank in the order of their numbers while nobody rates them."""


class RankingContract:
    """The order of films, with every rule that breaks a tie."""

    async def test_films_rank_by_their_mean_whatever_their_box_office(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies([Movie("tt1", "Low", 2000, 900), Movie("tt2", "High")])
        await movie_store.apply(rates_of("tt1", [7, 8]) + rates_of("tt2", [8, 8]))
        assert ids(await movie_store.top(10)) == ["tt2", "tt1"]

    @pytest.mark.parametrize(
        ("rates", "expected"),
        [([8, 8, 8, 9], 8.3), ([8] * 24 + [9], 8.0), ([8] * 19 + [7], 8.0), ([9] * 19 + [10], 9.1)],
    )
    async def test_means_that_round_alike_half_upwards_are_ties(
        self, movie_store: MovieStore, rates: list[int], expected: float
    ) -> None:
        tenths = round(expected * 10)
        even = [tenths // 10] * (10 - tenths % 10) + [tenths // 10 + 1] * (tenths % 10)
        await movie_store.put_movies(
            [Movie("tt1", "Exact", 2000, 1), Movie("tt2", "Round", 2000, 2)]
        )
        await movie_store.apply(rates_of("tt1", even) + rates_of("tt2", rates))
        top = await movie_store.top(10)
        assert [(movie.id, movie.rate) for movie in top] == [("tt2", expected), ("tt1", expected)]

    async def test_ties_fall_to_box_office_then_count_then_id(
        self, movie_store: MovieStore
    ) -> None:
        movies = [
            Movie("tt7", "Unknown", 2000, None),
            Movie("tt6", "Unknown, more often rated", 2000, None),
            Movie("tt5", "Nothing", 2000, 0),
            Movie("tt4", "Some", 2000, 10),
            Movie("tt3", "Some, more often rated", 2000, 10),
            Movie("tt2", "Most", 2000, 3_000_000_000),
            Movie("tt8", "Most, later id", 2000, 3_000_000_000),
        ]
        await movie_store.put_movies(movies)
        for movie in movies:
            await movie_store.apply(rates_of(movie.id, [7] * (2 if "more" in movie.title else 1)))
        expected = ["tt2", "tt8", "tt3", "tt4", "tt5", "tt6", "tt7"]
        assert ids(await movie_store.top(10)) == expected

    async def test_films_nobody_rated_come_last_with_0(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies([*TWELVE, Movie("tt99", "Bad")])
        await movie_store.apply(rates_of("tt99", [1]))
        top = await movie_store.top(20)
        assert ids(top) == ["tt99", *(movie.id for movie in TWELVE)]
        assert [movie.rate for movie in top] == [1.0] + [0.0] * 12

    async def test_a_film_outside_the_catalogue_is_not_ranked_until_it_is_put(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies([Movie("tt1", "One")])
        await movie_store.apply(rates_of("tt1", [5]) + rates_of("tt2", [9, 10]))
        assert ids(await movie_store.top(10)) == ["tt1"]
        assert await movie_store.movie("tt2") is None
        assert await movie_store.top_weighted(10, 1) == (5.0, await movie_store.top(10))
        await movie_store.refresh_top10()
        assert ids(await movie_store.top10()) == ["tt1"]
        await movie_store.put_movies([Movie("tt2", "Two")])
        top = await movie_store.top(10)
        assert ids(top) == ["tt2", "tt1"]
        assert (top[0].rate_sum, top[0].rate_count) == (19, 2)
        assert await movie_store.refresh_top10()
        assert ids(await movie_store.top10()) == ["tt2", "tt1"]

    async def test_limit_and_min_votes(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies(TWELVE)
        await movie_store.apply(rates_of("tt03", [2, 2, 2]) + rates_of("tt04", [9, 9]))
        assert ids(await movie_store.top(3)) == ["tt04", "tt03", "tt00"]
        assert ids(await movie_store.top(10, min_votes=1)) == ["tt04", "tt03"]
        assert ids(await movie_store.top(1, min_votes=3)) == ["tt03"]
        assert ids(await movie_store.top(10, min_votes=4)) == []

    async def test_the_weighted_rate_can_be_computed_again(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies(TWELVE)
        rates = rates_of("tt05", [10]) + rates_of("tt06", [9] * 9) + rates_of("tt07", [4, 5])
        await movie_store.apply(rates)
        mean, top = await movie_store.top_weighted(5, 4)
        assert mean == (10 + 81 + 9) / 12
        assert ids(top) == ["tt06", "tt05", "tt07", "tt00", "tt01"]
        assert [(movie.rate_sum, movie.rate_count) for movie in top[:3]] == [
            (81, 9),
            (10, 1),
            (9, 2),
        ]
        assert ids((await movie_store.top_weighted(1, 4))[1]) == ["tt06"]

    async def test_a_larger_prior_count_asks_for_more_rates(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies(TWELVE)
        rates = rates_of("tt05", [10] * 3) + rates_of("tt06", [8] * 20) + rates_of("tt07", [2] * 20)
        await movie_store.apply(rates)
        assert ids((await movie_store.top_weighted(2, 1))[1]) == ["tt05", "tt06"]
        assert ids((await movie_store.top_weighted(2, 1000))[1]) == ["tt06", "tt05"]

    async def test_ties_of_the_weighted_rate_fall_to_the_ranking(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies(TWELVE)
        await movie_store.apply(rates_of("tt09", [8]) + rates_of("tt08", [8]))
        await movie_store.apply(rates_of("tt10", [8, 8]))
        mean, top = await movie_store.top_weighted(10, 5)
        assert mean == 8.0
        assert ids(top) == ["tt08", "tt09", "tt10", *(f"tt{n:02}" for n in range(7))]

    async def test_no_rates_no_mean(self, movie_store: MovieStore) -> None:
        assert await movie_store.top_weighted(10, 25) == (0.0, [])
        await movie_store.put_movies(TWELVE)
        await movie_store.apply(rates_of("tt00", [None]))
        assert await movie_store.top_weighted(10, 25) == (0.0, await movie_store.top(10))


class ViewContract:
    """The stored view shows the first ten films as of its last refresh."""

    async def test_the_view_is_empty_before_its_first_refresh(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies(TWELVE)
        assert await movie_store.top10() == []

    async def test_a_refresh_shows_the_first_ten(
        self, movie_store: MovieStore, second_movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies(TWELVE)
        await movie_store.apply(rates_of("tt11", [3, 4]))
        assert await movie_store.refresh_top10()
        view = await movie_store.top10()
        assert ids(view) == ["tt11", *(f"tt{number:02}" for number in range(9))]
        assert view == await movie_store.top(10) == await second_movie_store.top10()

    async def test_a_small_catalogue_gives_fewer_than_ten(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies(TWELVE[:3])
        await movie_store.refresh_top10()
        assert ids(await movie_store.top10()) == ["tt00", "tt01", "tt02"]

    async def test_between_refreshes_the_view_stays_what_it_was(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies(TWELVE)
        await movie_store.apply(rates_of("tt03", [8]))
        await movie_store.refresh_top10()
        before = await movie_store.top10()
        await movie_store.apply(rates_of("tt03", [1, 1]) + rates_of("tt04", [9]))
        await movie_store.put_movies([replace(TWELVE[3], title="Another")])
        assert await movie_store.top10() == before
        assert before[0].title == "Film 3"
        assert (before[0].rate_sum, before[0].rate_count) == (8, 1)
        assert await movie_store.refresh_top10()
        assert await movie_store.top10() == await movie_store.top(10)

    async def test_a_refresh_says_whether_the_content_changed(
        self, movie_store: MovieStore
    ) -> None:
        assert not await movie_store.refresh_top10()
        await movie_store.put_movies(TWELVE)
        changes = [await movie_store.refresh_top10(), await movie_store.refresh_top10()]
        await movie_store.apply(rates_of("tt00", [8]))
        changes += [await movie_store.refresh_top10(), await movie_store.refresh_top10()]
        await movie_store.put_movies([replace(TWELVE[0], title="Another")])
        changes += [await movie_store.refresh_top10(), await movie_store.refresh_top10()]
        assert changes == [True, False, True, False, True, False]

    async def test_what_happens_beyond_the_ten_changes_nothing(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies(TWELVE[:11])
        for movie in TWELVE[:10]:
            await movie_store.apply(rates_of(movie.id, [9]))
        await movie_store.refresh_top10()
        before = await movie_store.revision()
        await movie_store.apply(rates_of("tt10", [2]))
        assert not await movie_store.refresh_top10()
        assert (await movie_store.revision()).top10 == before.top10

    async def test_as_many_votes_in_another_distribution_are_a_change(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies(TWELVE)
        await movie_store.apply(rates_of("tt00", [4, 6]))
        await movie_store.refresh_top10()
        await movie_store.apply(rates_of("tt00", [5, 5], version=2))
        assert await movie_store.refresh_top10()
        assert (await movie_store.top10())[0].distribution == (0, 0, 0, 0, 2, 0, 0, 0, 0, 0)

    async def test_of_several_that_refresh_at_once_one_changes_the_view(
        self, movie_store: MovieStore, second_movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies(TWELVE)
        stores = [movie_store, second_movie_store] * 3
        changed = await asyncio.gather(*(store.refresh_top10() for store in stores))
        assert sum(changed) == 1
        assert await movie_store.top10() == await movie_store.top(10)

    async def test_the_last_rates_removal_leaves_0(self, movie_store: MovieStore) -> None:
        model = MovieModel(TWELVE)
        await movie_store.put_movies(TWELVE)
        for rate in [Rate("ann", "tt11", 10, 1), Rate("ann", "tt11", None, 2)]:
            await movie_store.apply([rate])
            model.apply([rate])
            await movie_store.refresh_top10()
            assert await movie_store.top10() == model.top(10)
