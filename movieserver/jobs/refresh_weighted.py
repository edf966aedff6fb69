"""Keeps the weighted ranking in memory in step with the averages."""

from dataclasses import dataclass
from typing import Any, ClassVar

from movieserver.jobs.refresh import RefreshJob, RefreshOptions, period
from movieserver.memory.rankings import weighted_top_ten
from movieserver.models import Revision
from movieserver.services import Services
from movieserver.settings import setting

SHARE = 10
"""The minimum pause after a refresh, in times its duration, which grows with the films."""


@dataclass(frozen=True)
class WeightedOptions(RefreshOptions):
    """How the weighted ranking is made, and how closely it follows the averages."""

    period: float = period(0.5, "; at least ten times as long as one takes")
    prior_count: int = setting(
        "The m of the weighted ranking: how many extra rates of the mean value C every film is "
        "given.",
        default=25,
        minimum=1,
        maximum=1_000_000,
    )


class RefreshWeighted(RefreshJob):
    """Makes the ranking again when any average has changed: each moves the mean of all rates."""

    fills = frozenset({"weighted"})
    Options: ClassVar[type[WeightedOptions]] = WeightedOptions
    options: WeightedOptions

    def __init__(self, services: Services, options: Any) -> None:
        super().__init__(services, options)
        self._taken = 0.0

    def part(self, revision: Revision) -> int:
        return revision.movies

    async def refresh(self) -> None:
        clock, prior_count = self.services.clock, self.options.prior_count
        started = clock.monotonic()
        mean, movies = await self.services.stores.movies.top_weighted(10, prior_count)
        self._taken = clock.monotonic() - started
        self.services.memory.weighted.replace(weighted_top_ten(movies, prior_count, mean))

    def pause(self) -> float:
        return max(self.options.period, SHARE * self._taken)
