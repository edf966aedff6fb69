"""Interleaved rounds: every subject once, then every subject again."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.load import Generator, Load

Measure = Callable[[float], Load]
"""Puts a load on a subject for the given number of seconds."""


@dataclass(frozen=True)
class Bench:
    """What every section is given."""

    effort: Effort
    folder: Path
    """The folder for the run's files; removed after the run."""
    generator: Generator

    def made(self, name: str) -> Path:
        """Make a folder for a section."""
        path = self.folder / name
        path.mkdir()
        return path


def interleaved(
    effort: Effort, subjects: Mapping[str, Mapping[str, Measure]]
) -> dict[str, dict[str, list[float]]]:
    """The throughput and the p99 of each subject under each kind of load, by round."""
    for measures in subjects.values():
        for measure in measures.values():
            if effort.warm_up:
                measure(effort.warm_up)
    table: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(effort.rounds):
        for subject, measures in subjects.items():
            for kind, measure in measures.items():
                load = measure(effort.seconds)
                table[subject][f"{kind}/s"].append(load.requests_per_second)
                table[subject]["p99 ms" if len(measures) == 1 else f"{kind} p99 ms"].append(
                    load.p99_milliseconds
                )
    return {subject: dict(figures) for subject, figures in table.items()}
