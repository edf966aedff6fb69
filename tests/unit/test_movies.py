"""Films while the movie store is down: what was known last."""

from types import SimpleNamespace
from typing import cast

import pytest

from movieserver.errors import StoreUnavailable
from movieserver.handlers.movies import FilmsHandler
from movieserver.memory.rankings import Ranking
from movieserver.memory.read_cache import ReadCache
from movieserver.memory.snapshot import Snapshot
from movieserver.models import RatedMovie
from movieserver.testing import ManualClock


class Films:
    """Asks for films as a handler does, of a store that may be down."""

    def __init__(self, size: int) -> None:
        """Take how many films the ranking in memory may hold."""
        self._size = size
        self._clock = ManualClock()
        self._down = False
        self.stored: list[RatedMovie] = []
        self._ranking: Snapshot[Ranking] = Snapshot("movies", self._clock)
        memory = SimpleNamespace(movies=self._ranking)
        self._handler = SimpleNamespace(
            _cache=ReadCache(self._load, self._clock, size=9, max_age=1.0),
            bounded=lambda answer: answer,
            services=SimpleNamespace(memory=memory),
        )

    def rated(self, *counts: int) -> None:
        """Store films with so many rates."""
        self.stored = [
            RatedMovie(f"tt{number}", "x", None, None, (count, *[0] * 9))
            for number, count in enumerate(counts)
        ]

    def refresh(self) -> None:
        self.pass_time()
        self._ranking.replace(Ranking(self.stored[: self._size], self._size))

    def fail(self) -> None:
        self.pass_time()
        self._down = True

    def pass_time(self) -> None:
        self._clock.advance(10)

    async def count(self, movie_id: str) -> int | None:
        """The number of rates of a film; None if there is no such film."""
        handler = cast("FilmsHandler[str, RatedMovie | None]", self._handler)
        movie = await FilmsHandler.ask(handler, movie_id, lambda ranking: ranking.movie(movie_id))
        return None if movie is None else movie.rate_count

    async def _load(self, movie_id: str) -> RatedMovie | None:
        if self._down:
            raise StoreUnavailable("down")
        return next((movie for movie in self.stored if movie.id == movie_id), None)


@pytest.mark.gen_test
async def test_the_ranking_stands_in_for_older_answers() -> None:
    films = Films(size=9)
    films.rated(1)
    assert [await films.count("tt0"), await films.count("tt1")] == [1, None]
    films.rated(2, 3)
    films.refresh()
    films.fail()
    assert [await films.count("tt0"), await films.count("tt1")] == [2, 3]
    assert await films.count("tt2") is None


@pytest.mark.gen_test
async def test_newer_answers_are_given_again() -> None:
    films = Films(size=9)
    films.rated(1)
    films.refresh()
    films.pass_time()
    films.rated(2, 3)
    assert [await films.count("tt0"), await films.count("tt1")] == [2, 3]
    films.fail()
    assert [await films.count("tt0"), await films.count("tt1")] == [2, 3]


@pytest.mark.gen_test
async def test_old_answers_are_given_again_if_the_ranking_does_not_reach_so_far() -> None:
    films = Films(size=1)
    films.rated(5, 4, 3)
    assert await films.count("tt1") == 4
    films.refresh()
    films.fail()
    assert [await films.count("tt0"), await films.count("tt1")] == [5, 4]
    with pytest.raises(StoreUnavailable):
        await films.count("tt2")


@pytest.mark.gen_test
async def test_without_a_ranking_only_the_stores_answers_are_known() -> None:
    films = Films(size=9)
    films.rated(5)
    assert await films.count("tt0") == 5
    films.fail()
    assert await films.count("tt0") == 5
    with pytest.raises(StoreUnavailable, match="down"):
        await films.count("tt1")
