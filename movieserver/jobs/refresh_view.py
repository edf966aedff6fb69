"""Keeps the stored view ``top10_rated_movie`` in step with the averages."""

from dataclasses import dataclass
from typing import ClassVar

from movieserver.jobs.refresh import RefreshJob, RefreshOptions, period
from movieserver.models import Revision


@dataclass(frozen=True)
class ViewOptions(RefreshOptions):
    """How closely the view follows the averages."""

    period: float = period(0.25)


class RefreshView(RefreshJob):
    """Has the store refresh the view after every change; one instance at a time does the work."""

    Options: ClassVar[type[ViewOptions]] = ViewOptions
    options: ViewOptions

    def outdated(self, revision: Revision) -> bool:
        # Leave it to the store: the instance that was refreshing at the last look may have died.
        return True

    async def refresh(self) -> None:
        await self.services.stores.movies.refresh_top10()
