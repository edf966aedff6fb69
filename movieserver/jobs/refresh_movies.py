"""Keeps in memory the films that stand in for the movie store while it is down."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from movieserver.jobs.refresh import RefreshJob, RefreshOptions, period
from movieserver.memory.rankings import Ranking
from movieserver.models import Revision
from movieserver.settings import setting


@dataclass(frozen=True)
class MoviesOptions(RefreshOptions):
    """How much of the ranking is kept, and how fresh."""

    period: float = period(60.0)
    size: int = setting(
        "Films kept in memory, from the top of the ranking; about 600 bytes each.",
        default=10_000,
        minimum=10,
        maximum=1_000_000,
    )


class RefreshMovies(RefreshJob):
    """Loads the first films of the ranking whenever a movie or an average has changed."""

    fills = frozenset({"movies"})
    Options: ClassVar[type[MoviesOptions]] = MoviesOptions
    options: MoviesOptions

    def part(self, revision: Revision) -> int:
        return revision.movies

    async def refresh(self) -> None:
        size = self.options.size
        movies = await self.services.stores.movies.top(size)
        self.services.memory.movies.replace(await asyncio.to_thread(Ranking, movies, size))
