"""Files that are imported in tests, and what comes of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from movieserver import catalogue
from movieserver.imports import values
from movieserver.imports.batches import RowReader
from movieserver.imports.films import FilmFinder
from movieserver.imports.layout import Layout
from movieserver.imports.layouts import movies, rates
from movieserver.imports.report import Report
from movieserver.imports.source import Source
from movieserver.models import Movie, Rate

NOMINEES = catalogue.shipped_nominees()
MOVIES = catalogue.shipped_movies()
DATA = Path(__file__).parent.parent / "data"
NOW = values.moment("2026-11-23")
ANN = rates.RateDefaults("ann", NOW)
Write = Callable[[bytes | str], Path]


def finder() -> FilmFinder:
    """The shipped nominees."""
    return FilmFinder(NOMINEES)


def imported(path: Path, layouts: list[Layout[Any]], films: FilmFinder) -> tuple[list[Any], Report]:
    """Everything in the file, and the report."""
    report = Report()
    with Source(path) as source:
        reading = RowReader(source, layouts, report)
        titles = reading.titles()
        films.want(titles)
        films.offer(MOVIES if titles else ())
        rows = reading.next_window(lambda row: 0).rows
        assert not reading.next_window(lambda row: 0).rows
    return list(rows), report


def rates_in(
    path: Path, defaults: rates.RateDefaults = ANN
) -> tuple[list[Rate], list[tuple[int, str]]]:
    """The rates in the file, and the refusals."""
    films = finder()
    found, report = imported(path, rates.layouts(defaults, films), films)
    return found, reasons(report)


def movies_in(path: Path) -> tuple[list[Movie], list[tuple[int, str]]]:
    """The movies in the file, and the refusals."""
    found, report = imported(path, [movies.layout()], finder())
    return found, reasons(report)


def reasons(report: Report) -> list[tuple[int, str]]:
    """Number and reason of each refusal."""
    return [(refusal.number, str(refusal)) for refusal in report.refusals]
