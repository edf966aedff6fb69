"""Contract: nominees, movies, seeding, opening and closing."""

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from movieserver.backends import MovieStore
from movieserver.errors import StoreError
from movieserver.models import Movie, Nominee, Rate, RatedMovie, Revision
from movieserver.testing.movie_store.model import ids, rates_of
from movieserver.testing.samples import listed

ANGRY = Nominee(
    id="tt0050083",
    title="12 Angry Men",
    film_year=1957,
    award_year="1957",
    ceremony=30,
    additional_info="Henry Fonda and Reginald Rose, Producers",
    won=False,
)
WINGS = Nominee(
    id="tt0018578",
    title='"Wings" – naïve; O\'Hara’s 翼 🎬',
    film_year=1927,
    award_year="1927/28",
    ceremony=1,
    additional_info="",
    won=True,
    alternative_titles=("Les Ailes", "翼", 'The "W", again'),
)
HEAVEN = Nominee("tt0018379", "7th Heaven", 1927, "1927/28", 1, "Fox", False, ("Seventh Heaven",))
NO_RATES = (0,) * 10
MANY = 5500
"""Items in a list that is put in several parts, if a store has to divide it."""
NAMELESS = Movie(cast(str, None), "Film")
UNTITLED = replace(WINGS, id="tt05498", title=cast(str, None))
"""Items that no store can keep."""
REFUSALS = (StoreError, TypeError)
"""What a store raises for them; ``TypeError`` because ids that are None cannot even be sorted."""


class CatalogueContract:
    """What was put is there, complete and once."""

    async def test_a_store_starts_empty(self, movie_store: MovieStore) -> None:
        await movie_store.ping()
        assert await movie_store.nominees() == []
        assert await movie_store.top(10) == []
        assert await movie_store.movie("tt0050083") is None

    async def test_nominees_come_back_as_they_were_by_ceremony_then_id(
        self, movie_store: MovieStore
    ) -> None:
        newer = replace(ANGRY, id="tt0000001", ceremony=31)
        await movie_store.put_nominees([newer, ANGRY, WINGS, HEAVEN])
        assert await movie_store.nominees() == [HEAVEN, WINGS, ANGRY, newer]

    async def test_a_nominee_that_is_put_again_replaces_itself(
        self, movie_store: MovieStore
    ) -> None:
        other = Nominee("tt0050083", "Twelve Angry Men", 1958, "1958", 31, "nobody", True, ("12",))
        await movie_store.put_nominees([ANGRY, HEAVEN])
        await movie_store.put_nominees([other])
        await movie_store.put_nominees([other])
        assert await movie_store.nominees() == [HEAVEN, other]

    async def test_a_movie_comes_back_as_it_was(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies([Movie("tt1", "Ürga – 蒙古 'n' \"x\"", 1991, 3_000_000_000)])
        expected = RatedMovie("tt1", "Ürga – 蒙古 'n' \"x\"", 1991, 3_000_000_000, NO_RATES)
        assert await movie_store.movie("tt1") == expected
        assert await movie_store.top(10) == [expected]
        assert await movie_store.movie("tt2") is None

    async def test_a_movie_without_year_and_box_office(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies([Movie("tt1", "One")])
        assert await movie_store.movie("tt1") == RatedMovie("tt1", "One", None, None, NO_RATES)

    async def test_a_movie_that_is_put_again_keeps_its_average(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies([Movie("tt1", "One", 1999, 5)])
        await movie_store.apply(rates_of("tt1", [9, 10]))
        await movie_store.put_movies([Movie("tt1", "Eins")])
        await movie_store.put_movies([Movie("tt1", "Eins")])
        expected = RatedMovie("tt1", "Eins", None, None, (0, 0, 0, 0, 0, 0, 0, 0, 1, 1))
        assert await movie_store.movie("tt1") == expected
        assert await movie_store.top(10) == [expected]

    async def test_a_scan_has_every_movie_of_the_catalogue_by_id(
        self, movie_store: MovieStore
    ) -> None:
        movies = [Movie(f"tt{number:05}", f"Film {number}", None, number) for number in range(4500)]
        await movie_store.put_movies([*reversed(movies)])
        await movie_store.apply(rates_of("tt00000x", [9]))
        assert await listed(movie_store.scan_movies()) == movies

    async def test_ids_are_told_apart_by_case(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies([Movie("tta", "Small"), Movie("ttA", "Large")])
        await movie_store.apply([Rate("ann", "tta", 3, 1), Rate("Ann", "tta", 5, 1)])
        small = await movie_store.movie("tta")
        assert small is not None
        assert (small.title, small.rate_sum, small.rate_count) == ("Small", 8, 2)
        assert ids(await movie_store.top(10)) == ["tta", "ttA"]

    async def test_of_movies_that_cannot_all_be_put_none_is(self, movie_store: MovieStore) -> None:
        await movie_store.put_movies([Movie("tt00001", "One", 1999, 1)])
        before = await movie_store.revision()
        movies = [Movie(f"tt{number:05}", "Film", 2000, 2) for number in range(MANY)]
        movies[-2] = NAMELESS
        with pytest.raises(REFUSALS):
            await movie_store.put_movies(movies)
        assert await listed(movie_store.scan_movies()) == [Movie("tt00001", "One", 1999, 1)]
        assert await movie_store.revision() == before

    async def test_of_nominees_that_cannot_all_be_put_none_is(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_nominees([ANGRY])
        before = await movie_store.revision()
        nominees = [replace(WINGS, id=f"tt{number:05}") for number in range(MANY)]
        nominees[-2] = UNTITLED
        with pytest.raises(REFUSALS):
            await movie_store.put_nominees([replace(ANGRY, title="Twelve"), *nominees])
        assert await movie_store.nominees() == [ANGRY]
        assert await movie_store.revision() == before

    async def test_a_seed_that_cannot_be_put_leaves_nothing(self, movie_store: MovieStore) -> None:
        movies = [Movie("tt1", "One"), NAMELESS]
        with pytest.raises(REFUSALS):
            await movie_store.seed([ANGRY], movies)
        assert await movie_store.nominees() == []
        assert await movie_store.seed([ANGRY], movies[:1])

    async def test_seed_puts_both_lists_into_an_empty_store_once(
        self, movie_store: MovieStore
    ) -> None:
        assert await movie_store.seed([ANGRY], [Movie("tt1", "One")])
        assert not await movie_store.seed([WINGS], [Movie("tt2", "Two")])
        assert await movie_store.nominees() == [ANGRY]
        assert ids(await movie_store.top(10)) == ["tt1"]

    async def test_nobody_sees_a_seed_without_its_view(
        self, movie_store: MovieStore, second_movie_store: MovieStore
    ) -> None:
        seeding = asyncio.ensure_future(movie_store.seed([ANGRY], [Movie("tt1", "One")]))
        await second_movie_store.wait_changed(Revision(0, 0, 0), 10.0)
        assert ids(await second_movie_store.top10()) == ["tt1"]
        assert await seeding

    @pytest.mark.parametrize("rated_first", [True, False])
    async def test_rates_alone_do_not_hinder_seeding(
        self, movie_store: MovieStore, rated_first: bool
    ) -> None:
        if rated_first:
            await movie_store.apply(rates_of("tt1", [8]))
        assert await movie_store.seed([ANGRY], [Movie("tt1", "One")])
        movie = await movie_store.movie("tt1")
        assert movie is not None
        assert movie.rate_count == int(rated_first)

    async def test_a_store_with_nominees_is_seeded_with_movies(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_nominees([WINGS])
        assert await movie_store.seed([ANGRY], [Movie("tt1", "One")])
        assert await movie_store.nominees() == [WINGS]
        assert ids(await movie_store.top(10)) == ids(await movie_store.top10()) == ["tt1"]

    async def test_a_store_with_movies_is_seeded_with_nominees(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_movies([Movie("tt2", "Two")])
        assert await movie_store.seed([ANGRY], [Movie("tt1", "One")])
        assert await movie_store.nominees() == [ANGRY]
        assert ids(await movie_store.top(10)) == ["tt2"]

    async def test_of_several_that_seed_at_once_one_does(
        self, movie_store: MovieStore, second_movie_store: MovieStore
    ) -> None:
        stores = [movie_store, second_movie_store] * 3
        seeded = await asyncio.gather(
            *(
                store.seed([ANGRY], [Movie(f"tt{number}", "Film")])
                for number, store in enumerate(stores)
            )
        )
        assert sum(seeded) == 1
        for store in stores:
            assert await store.nominees() == [ANGRY]
            assert ids(await store.top(10)) == [f"tt{seeded.index(True)}"]

    async def test_what_one_instance_puts_the_other_sees(
        self, movie_store: MovieStore, second_movie_store: MovieStore
    ) -> None:
        await movie_store.put_nominees([ANGRY])
        await movie_store.put_movies([Movie("tt1", "One")])
        assert await second_movie_store.nominees() == [ANGRY]
        assert ids(await second_movie_store.top(10)) == ["tt1"]

    async def test_a_closed_store_refuses_and_may_be_opened_again(
        self, movie_store: MovieStore
    ) -> None:
        await movie_store.put_nominees([ANGRY])
        await movie_store.close()
        await movie_store.close()
        with pytest.raises(StoreError):
            await movie_store.ping()
        with pytest.raises(StoreError):
            await movie_store.apply(rates_of("tt1", [8]))
        await movie_store.open()
        await movie_store.ping()
        assert await movie_store.nominees() == [ANGRY]
