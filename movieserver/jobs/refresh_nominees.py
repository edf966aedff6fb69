"""Keeps the title index in memory in step with the nominees of the movie store."""

import asyncio

from movieserver.jobs.refresh import RefreshJob
from movieserver.models import Revision
from movieserver.titles import TitleIndex


class RefreshNominees(RefreshJob):
    """Builds a new title index, off the loop, whenever the list of nominees has changed."""

    fills = frozenset({"nominees"})

    def part(self, revision: Revision) -> int:
        return revision.nominees

    async def refresh(self) -> None:
        nominees = await self.services.stores.movies.nominees()
        self.services.memory.nominees.replace(await asyncio.to_thread(TitleIndex, nominees))
