"""Our own catalogue of films."""

from collections.abc import Callable

from movieserver.imports import values
from movieserver.imports.csv_rows import Row
from movieserver.imports.layout import Header, Layout
from movieserver.imports.refusals import RowRefused
from movieserver.models import Movie

PATHS = frozenset({"bestpictures", "top", "top10"})
"""Ids that no film can have, because ``/movies/`` followed by one of them means something else."""
COLUMNS = ("id", "title", "year", "box_office_value")


def layout() -> Layout[Movie]:
    """The layout; an empty cell stands for an unknown year or box office."""

    def reader(header: Header) -> Callable[[Row], Movie]:
        movie_id, title, year, box_office = (header.cell(column) for column in COLUMNS)

        def read(row: Row) -> Movie:
            released, gross = year(row), box_office(row)
            return Movie(
                _id(movie_id(row)),
                values.title(title(row)),
                values.year(released) if released else None,
                values.integer(gross, "box_office_value") if gross else None,
            )

        return read

    return Layout("our own catalogue", COLUMNS, reader)


def _id(text: str) -> str:
    if text in PATHS:
        raise RowRefused(f"the film's id is {text!r}, which is reserved for /movies/{text}")
    return values.movie_id(text)
