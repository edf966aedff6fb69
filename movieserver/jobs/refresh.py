"""The base of the jobs that follow the movie store."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from movieserver.errors import StoreError
from movieserver.jobs.job import Job
from movieserver.models import Revision
from movieserver.settings import setting


def period(default: float, more: str = "") -> Any:
    """The setting of a job's shortest period, in seconds."""
    doc = f"Shortest time between two refreshes, in seconds{more}."
    return setting(doc, default=default, minimum=0.01, maximum=3600)


@dataclass(frozen=True)
class RefreshOptions:
    """How closely a job follows the movie store."""

    period: float = period(0.1)
    max_age: float = setting(
        "Longest time between two looks at the store, in seconds, if no notification comes.",
        default=5.0,
        minimum=0.1,
        maximum=3600,
    )


class RefreshJob(Job):
    """Refreshes something when a part of the movie store's revision has changed."""

    needs = frozenset({"movies"})
    Options: ClassVar[type[RefreshOptions]] = RefreshOptions
    options: RefreshOptions
    _seen: Revision | None = None
    _heard: Revision | None = None

    def part(self, revision: Revision) -> object:
        """What this job follows of the store's ``revision``; by default, all of it."""
        return revision

    @abstractmethod
    async def refresh(self) -> None:
        """Bring things up to date."""

    def outdated(self, revision: Revision) -> bool:
        """Whether to refresh, given that the store is at ``revision``."""
        return self._seen is None or self.part(revision) != self.part(self._seen)

    def pause(self) -> float:
        """The minimum seconds between two looks at the store."""
        return self.options.period

    async def step(self) -> bool:
        heard, self._heard = self._heard, None
        with self._doubting():
            revision = heard or await self.services.stores.movies.revision()
            if self.outdated(revision):
                await self.refresh()
        self._seen = revision
        for name in self.fills:
            self.services.memory[name].confirm()
        return False

    async def wait(self) -> None:
        await self.services.clock.sleep(self.pause())
        movies, seen = self.services.stores.movies, self._seen or Revision(0, 0, 0)
        with self._doubting():
            self._heard = await movies.wait_changed(seen, self.options.max_age)

    @contextmanager
    def _doubting(self) -> Iterator[None]:
        """Refresh after a failure, whatever the revision: a restored store may count as before."""
        try:
            yield
        except StoreError:
            self._seen = None
            raise
