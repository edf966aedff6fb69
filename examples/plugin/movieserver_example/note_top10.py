"""A job that writes a line to a file whenever the stored top ten has changed."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from movieserver.jobs.refresh import RefreshJob, RefreshOptions
from movieserver.models import Revision
from movieserver.settings import setting


@dataclass(frozen=True)
class NoteOptions(RefreshOptions):
    """The job's keys, besides ``period`` and ``max_age``."""

    file: str = setting("The file that lines are added to.", default="top10.log")


class NoteTop10(RefreshJob):
    """Follows the stored view; movieserver provides the loop and the pauses after errors."""

    Options: ClassVar[type[NoteOptions]] = NoteOptions
    options: NoteOptions

    def part(self, revision: Revision) -> int:
        return revision.top10

    async def refresh(self) -> None:
        movies = await self.services.stores.movies.top10()
        line = ", ".join(f"{movie.title} {movie.rate}" for movie in movies)
        await asyncio.to_thread(append, Path(self.options.file), line)


def append(path: Path, line: str) -> None:
    """Add a line to a file; this may wait for a disk, so it must not run on the loop."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
