"""Contract: the revision, and waiting for it to change."""

import asyncio
import time

from movieserver.backends import MovieStore
from movieserver.models import Movie, Revision
from movieserver.testing.movie_store.catalogue import ANGRY, WINGS
from movieserver.testing.movie_store.model import rates_of

NOTICED = 0.25
"""Seconds within which a change is noticed, as the interface promises."""
SLACK = 1.0
"""Seconds that a busy machine may add."""


def grown(before: Revision, after: Revision) -> set[str]:
    """The numbers that grew; asserts that none shrank."""
    assert after.nominees >= before.nominees
    assert after.movies >= before.movies
    assert after.top10 >= before.top10
    return {part for part in Revision.__slots__ if getattr(after, part) > getattr(before, part)}


class RevisionContract:
    """A caller that keeps data in memory can learn whether the data is out of date."""

    async def test_each_number_grows_with_its_changes_and_no_others(
        self, movie_store: MovieStore
    ) -> None:
        steps = [
            (movie_store.put_nominees([ANGRY]), {"nominees"}),
            (movie_store.put_nominees([WINGS]), {"nominees"}),
            (movie_store.put_movies([Movie("tt1", "One")]), {"movies"}),
            (movie_store.put_movies([Movie("tt1", "Eins")]), {"movies"}),
            (movie_store.refresh_top10(), {"top10"}),
            (movie_store.apply(rates_of("tt1", [5])), {"movies"}),
            (movie_store.apply(rates_of("tt1", [6], version=2)), {"movies"}),
            (movie_store.refresh_top10(), {"top10"}),
            (movie_store.correct(rates_of("tt1", [6], version=2), []), {"movies"}),
        ]
        before = await movie_store.revision()
        for step, expected in steps:
            await step
            after = await movie_store.revision()
            assert grown(before, after) == expected
            before = after

    async def test_what_changes_nothing_leaves_the_revision(self, movie_store: MovieStore) -> None:
        await movie_store.seed([ANGRY], [Movie("tt1", "One")])
        await movie_store.apply(rates_of("tt1", [5], version=2))
        await movie_store.refresh_top10()
        before = await movie_store.revision()
        await movie_store.put_nominees([ANGRY])
        await movie_store.put_movies([Movie("tt1", "One")])
        await movie_store.seed([WINGS], [Movie("tt2", "Two")])
        await movie_store.apply(rates_of("tt1", [9], version=1))
        await movie_store.correct(rates_of("tt1", [4], version=2), rates_of("tt1", [3], version=2))
        await movie_store.recount(["tt1", "tt2"])
        await movie_store.refresh_top10()
        assert await movie_store.revision() == before

    async def test_seeding_is_a_change_of_everything(self, movie_store: MovieStore) -> None:
        before = await movie_store.revision()
        await movie_store.seed([ANGRY], [Movie("tt1", "One")])
        assert grown(before, await movie_store.revision()) == {"nominees", "movies", "top10"}

    async def test_the_revision_is_kept_in_the_store(
        self, movie_store: MovieStore, second_movie_store: MovieStore
    ) -> None:
        await movie_store.put_nominees([ANGRY])
        revision = await movie_store.revision()
        assert await second_movie_store.revision() == revision
        await movie_store.close()
        await movie_store.open()
        assert await movie_store.revision() == revision

    async def test_who_is_behind_need_not_wait(self, movie_store: MovieStore) -> None:
        before = await movie_store.revision()
        await movie_store.put_nominees([ANGRY])
        after = await movie_store.wait_changed(before, 3600)
        assert after == await movie_store.revision() != before

    async def test_the_wait_ends_with_its_time(self, movie_store: MovieStore) -> None:
        revision = await movie_store.revision()
        assert await movie_store.wait_changed(revision, 0) == revision
        started = time.monotonic()
        assert await movie_store.wait_changed(revision, 0.05) == revision
        assert 0.04 < time.monotonic() - started < 0.05 + SLACK

    async def test_all_who_wait_notice_a_change(
        self, movie_store: MovieStore, second_movie_store: MovieStore
    ) -> None:
        for number, changing in enumerate([movie_store, second_movie_store] * 2):
            before = await movie_store.revision()
            waiting = [
                asyncio.ensure_future(store.wait_changed(before, 3600))
                for store in [movie_store, movie_store, second_movie_store]
            ]
            # By now every waiter has looked at the store once, and found nothing.
            await movie_store.wait_changed(before, 0.05)
            assert not any(each.done() for each in waiting)
            await changing.apply(rates_of(f"tt{number}", [5]))
            started = time.monotonic()
            revisions = await asyncio.gather(*waiting)
            assert time.monotonic() - started < NOTICED + SLACK
            assert {grown(before, after) == {"movies"} for after in revisions} == {True}

    async def test_a_part_that_did_not_change_can_be_told(self, movie_store: MovieStore) -> None:
        before = await movie_store.revision()
        waiting = asyncio.ensure_future(movie_store.wait_changed(before, 3600))
        await movie_store.put_nominees([ANGRY])
        assert grown(before, await waiting) == {"nominees"}
