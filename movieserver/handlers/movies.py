"""``GET /movies/{id}`` and ``GET /movies/top``: films of the catalogue with their rates.

The answers come from the movie store and are kept for a second. While the store is down, its last
answers and the ranking in memory stand in for it, whichever is newer.
"""

from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from tornado.routing import PathMatches, Rule

from movieserver.errors import NotLoaded, StoreError
from movieserver.handlers.arguments import integer, legal_id
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.problems import Problem
from movieserver.handlers.resource import Mount, Resource
from movieserver.memory.rankings import Ranking, ranked
from movieserver.memory.read_cache import ReadCache
from movieserver.models import RatedMovie

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEPT = 1_000
"""The maximum number of answers kept, for each of the two paths."""
MAX_AGE = 1.0
"""Seconds for which an answer of the store is reused."""
LIMIT = 100
"""The maximum number of films in a list."""


class FilmsHandler(BaseHandler, Generic[K, V]):
    """Answers from the store or, while that is down, with what was known last."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount)
        self._cache: ReadCache[K, V] = state["cache"]

    async def ask(self, key: K, instead: Callable[[Ranking], V]) -> V:
        """The store's answer; if it fails, its last one or, if the ranking is newer, ``instead``.

        Raises what the store did if neither is known.
        """
        try:
            return await self.bounded(self._cache.get(key))
        except (StoreError, TimeoutError):
            kept, ranking = self._cache.kept(key), self.services.memory.movies
            if kept is not None and (ranking.age is None or kept.age < ranking.age):
                return kept.value
            with suppress(LookupError, NotLoaded):
                return instead(ranking.value)
            if kept is None:
                raise
            return kept.value


class MovieHandler(FilmsHandler[str, RatedMovie | None]):
    """One film."""

    async def get(self, text: str) -> None:
        movie_id = legal_id(text)
        movie = await self.ask(movie_id, lambda ranking: ranking.movie(movie_id))
        if movie is None:
            raise Problem(404, "This film is not in the catalogue.")
        self.write_json(movie_json(movie))


class TopHandler(FilmsHandler[tuple[int, int], list[RatedMovie]]):
    """The first films of the ranking, as many as the client asks for."""

    async def get(self) -> None:
        limit = integer(self.request, "limit", 10, 1, LIMIT)
        min_votes = integer(self.request, "min_votes", 0, 0, 10**15)
        movies = await self.ask((limit, min_votes), lambda ranking: ranking.top(limit, min_votes))
        self.write_json({"result": [ranked(movie) for movie in movies]})


def movie_json(movie: RatedMovie) -> dict[str, Any]:
    """One film, in the contract's words."""
    return {
        "id": movie.id,
        "title": movie.title,
        "year": movie.year,
        "box_office_value": movie.box_office_value,
        "rate": movie.rate,
        "rate_count": movie.rate_count,
        "distribution": movie.distribution,
    }


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    movies, clock = mount.services.stores.movies, mount.services.clock

    async def top(key: tuple[int, int]) -> list[RatedMovie]:
        return await movies.top(*key)

    tops = ReadCache(top, clock, KEPT, MAX_AGE)
    films = ReadCache(movies.movie, clock, KEPT, MAX_AGE)
    return [
        Rule(PathMatches(r"/movies/top"), TopHandler, {"mount": mount, "cache": tops}),
        Rule(PathMatches(r"/movies/([^/]+)"), MovieHandler, {"mount": mount, "cache": films}),
    ]


resource = Resource(
    "movies",
    routes,
    needs=frozenset({"movies"}),
    reads=frozenset({"movies"}),
    description=Path(__file__).with_suffix(".yaml"),
)
