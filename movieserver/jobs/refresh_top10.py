"""Keeps the top ten in memory in step with the stored view."""

from dataclasses import dataclass
from typing import ClassVar

from movieserver.jobs.refresh import RefreshJob, RefreshOptions
from movieserver.models import Revision
from movieserver.rankings import TopTen
from movieserver.settings import setting


@dataclass(frozen=True)
class TopTenOptions(RefreshOptions):
    """How the top ten is kept."""

    prior_count: int = setting(
        "The m of the weighted ranking: how many rates of the mean value C every film is given.",
        default=25,
        minimum=1,
        maximum=1_000_000,
    )


class RefreshTop10(RefreshJob):
    """Encodes the two rankings anew whenever the stored view changed."""

    fills = frozenset({"top10"})
    Options: ClassVar[type[TopTenOptions]] = TopTenOptions
    options: TopTenOptions

    def part(self, revision: Revision) -> int:
        return revision.top10

    async def refresh(self) -> None:
        movies, prior_count = self.services.stores.movies, self.options.prior_count
        mean, best = await movies.top_weighted(10, prior_count)
        self.services.memory.top10.replace(TopTen(await movies.top10(), best, prior_count, mean))

    def confirm(self) -> None:
        self.services.memory.top10.confirm()
