"""Keeps the top ten in memory in step with the stored view."""

from math import inf

from movieserver.jobs.refresh import RefreshJob
from movieserver.memory.rankings import top_ten
from movieserver.models import Revision


class RefreshTop10(RefreshJob):
    """Encodes the top ten again whenever the stored view has changed."""

    fills = frozenset({"top10"})
    _read_at = -inf

    def part(self, revision: Revision) -> int:
        return revision.top10

    def outdated(self, revision: Revision) -> bool:
        # A view refreshed by hand does not bump the revision, so re-read it periodically.
        late = self.services.clock.monotonic() - self._read_at >= self.options.max_age
        return late or super().outdated(revision)

    async def refresh(self) -> None:
        top10 = top_ten(await self.services.stores.movies.top10())
        self._read_at = self.services.clock.monotonic()
        kept = self.services.memory.top10
        if not kept.loaded or kept.value.etag != top10.etag:
            kept.replace(top10)
