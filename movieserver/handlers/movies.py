"""``GET /movies/{id}`` and ``GET /movies/top``: films of the catalogue with their rates.

The answers come from the movie store and are kept for a second. While the store is down, the
ranking in memory stands in for it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tornado.routing import PathMatches, Rule

from movieserver.errors import StoreError
from movieserver.handlers.arguments import integer, legal_id
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.problems import Problem
from movieserver.handlers.resource import Mount, Resource
from movieserver.memory.rankings import ranked
from movieserver.memory.read_cache import ReadCache
from movieserver.models import RatedMovie

KEPT = 1_000
"""The maximum number of answers kept, for each of the two paths."""
MAX_AGE = 1.0
"""Seconds for which an answer of the store is reused."""
LIMIT = 100
"""The maximum number of films in a list."""


class MovieHandler(BaseHandler):
    """One film."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount)
        self._cache: ReadCache[str, RatedMovie | None] = state["cache"]

    async def get(self, text: str) -> None:
        movie = await self._movie(legal_id(text))
        if movie is None:
            raise Problem(404, "This film is not in the catalogue.")
        self.write_json(movie_json(movie))

    async def _movie(self, movie_id: str) -> RatedMovie | None:
        ranking = self.services.memory.movies
        try:
            return await self.bounded(self._cache.get(movie_id))
        except (StoreError, TimeoutError):
            movie = ranking.value.movies.get(movie_id)
            if movie is None and not ranking.value.complete:
                raise
            return movie


class TopHandler(BaseHandler):
    """The first films of the ranking, as many as the client asks for."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount)
        self._cache: ReadCache[tuple[int, int], list[RatedMovie]] = state["cache"]

    async def get(self) -> None:
        limit = integer(self.request, "limit", 10, 1, LIMIT)
        min_votes = integer(self.request, "min_votes", 0, 0, 10**15)
        movies = await self._top(limit, min_votes)
        self.write_json({"result": [ranked(movie) for movie in movies]})

    async def _top(self, limit: int, min_votes: int) -> list[RatedMovie]:
        ranking = self.services.memory.movies
        try:
            return await self.bounded(self._cache.get((limit, min_votes)))
        except (StoreError, TimeoutError):
            movies = ranking.value.top(limit, min_votes)
            if len(movies) < limit and not ranking.value.complete:
                raise
            return movies


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
