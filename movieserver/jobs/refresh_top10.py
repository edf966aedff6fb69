"""Keeps the top ten in memory in step with the stored view."""

from movieserver.jobs.refresh import RefreshJob
from movieserver.memory.rankings import TopTen
from movieserver.models import Revision


class RefreshTop10(RefreshJob):
    """Encodes the top ten anew whenever the stored view changed."""

    fills = frozenset({"top10"})

    def part(self, revision: Revision) -> int:
        return revision.top10

    async def refresh(self) -> None:
        self.services.memory.top10.replace(TopTen(await self.services.stores.movies.top10()))

    def confirm(self) -> None:
        self.services.memory.top10.confirm()
