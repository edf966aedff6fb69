"""Our own list of nominees."""

from collections.abc import Callable
from dataclasses import replace

from movieserver.imports import values
from movieserver.imports.csv_rows import Row
from movieserver.imports.films import FilmFinder
from movieserver.imports.layout import Header, Layout
from movieserver.imports.refusals import RowRefused, shown
from movieserver.models import Nominee
from movieserver.titles import award_years
from movieserver.titles.keys import LONGEST

COLUMNS = ("id", "title", "year", "ceremony", "additional_info", "won", "award_year")


def layout(films: FilmFinder) -> Layout[Nominee]:
    """The layout; a nominee that is already known keeps its alternative titles."""

    def reader(header: Header) -> Callable[[Row], Nominee]:
        cells = [header.cell(column) for column in COLUMNS]

        def read(row: Row) -> Nominee:
            found = nominee(*(cell(row) for cell in cells))
            known = films.nominees.get(found.id)
            return replace(found, alternative_titles=known.alternative_titles) if known else found

        return read

    return Layout("our own list of nominees", COLUMNS, reader)


def nominee(
    movie_id: str, title: str, year: str, ceremony: str, info: str, won: str, award_year: str
) -> Nominee:
    """The nominee that a row's cells, in the order of ``COLUMNS``, describe."""
    if not award_years(award_year):
        raise RowRefused(f"award_year is {shown(award_year)!r}, not one such as 1932/33")
    return Nominee(
        id=values.movie_id(movie_id),
        title=values.title(title, LONGEST),  # a longer one could not be looked up
        film_year=values.year(year),
        award_year=award_year,
        ceremony=values.ceremony(ceremony),
        additional_info=values.line(info, "additional_info"),
        won=values.truth(won, "won"),
    )
