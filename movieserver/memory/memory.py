"""All values that a process holds for its public reads."""

from collections.abc import Collection
from typing import Any

from movieserver.answers import Answer
from movieserver.clock import Clock
from movieserver.memory.rankings import Ranking
from movieserver.memory.snapshot import Snapshot
from movieserver.titles import TitleIndex


class Memory:
    """The values that public reads are answered from: our own, and those that plugins fill."""

    def __init__(self, clock: Clock, filled: Collection[str] = ()) -> None:
        """Make empty snapshots; ``filled`` names those that jobs of the profile fill."""
        self.nominees: Snapshot[TitleIndex] = Snapshot("nominees", clock)
        self.top10: Snapshot[Answer] = Snapshot("top10", clock)
        self.weighted: Snapshot[Answer] = Snapshot("weighted", clock)
        self.movies: Snapshot[Ranking] = Snapshot("movies", clock)
        ours = (self.nominees, self.top10, self.weighted, self.movies)
        self._snapshots: dict[str, Snapshot[Any]] = {each.name: each for each in ours}
        for name in filled:
            self._snapshots.setdefault(name, Snapshot(name, clock))
        self.filled = {name: self._snapshots[name] for name in sorted(filled)}
        """Those that jobs of the profile fill, by name."""

    def __getitem__(self, name: str) -> Snapshot[Any]:
        """The snapshot of a name: one of ours, or one that a job of the profile fills."""
        return self._snapshots[name]
