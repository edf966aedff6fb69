"""The result of a section: tables of figures, and targets with what was reached."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

Figure = Sequence[float]
"""The values of the rounds; their median is reported."""
Table = Mapping[str, Mapping[str, Figure]]
"""Figures by row, then by column; the column's name gives the unit."""


@dataclass(frozen=True)
class Target:
    """A ratio or a figure with the bound that it must reach."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def verdict(self) -> str:
        """``met`` or ``short``."""
        low = self.at_least is not None and self.value < self.at_least
        high = self.at_most is not None and self.value > self.at_most
        return "short" if low or high else "met"

    @property
    def bound(self) -> str:
        """The bound as text."""
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


@dataclass(frozen=True)
class Result:
    """The result of one section."""

    title: str
    tables: Mapping[str, Table]
    targets: Sequence[Target] = ()


def ratio(figure: Figure, base: Figure) -> float:
    """The ratio of two medians."""
    return median(figure) / median(base)


def as_json(result: Result) -> dict[str, Any]:
    """A result, with the median of each figure and the values of the rounds."""
    tables = {
        name: {
            row: {
                column: {"median": rounded(median(figure)), "rounds": [*map(rounded, figure)]}
                for column, figure in figures.items()
            }
            for row, figures in table.items()
        }
        for name, table in result.tables.items()
    }
    targets = [
        {**asdict(target), "value": rounded(target.value), "verdict": target.verdict}
        for target in result.targets
    ]
    return {"title": result.title, "tables": tables, "targets": targets}


def as_text(result: Result) -> str:
    """A result as Markdown."""
    parts = [f"## {result.title}\n"]
    for name, table in result.tables.items():
        columns = list(dict.fromkeys(column for row in table.values() for column in row))
        rows = [
            [row, *(shown(figures.get(column)) for column in columns)]
            for row, figures in table.items()
        ]
        parts.append(grid([name, *columns], rows))
    if result.targets:
        rows = [[t.name, shown([t.value]), t.bound, t.verdict] for t in result.targets]
        parts.append(grid(["target", "reached", "asked", ""], rows))
    return "\n".join(parts)


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column is aligned left, the others right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    return "".join(
        f"| {line[0]:<{widths[0]}} | "
        + " | ".join(f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True))
        + " |\n"
        for line in lines
    )


def shown(figure: Figure | None) -> str:
    """The median, to three digits or to a whole number; empty if there is no figure."""
    if figure is None:
        return ""
    value = median(figure)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def rounded(value: float) -> float:
    """``value`` to five digits, which is more than any figure deserves."""
    return float(f"{value:.5g}")


def encode(report: Mapping[str, Any]) -> str:
    """A whole report as JSON."""
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"
