"""The widely copied ``academy_awards.csv``: every category, no ids, and quirks.

Rows of other categories are passed over. For some of the first ceremonies, the columns of the
nominee and of the additional information are swapped, so both are tried there.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from movieserver.imports import values
from movieserver.imports.csv_rows import Row
from movieserver.imports.films import FilmFinder
from movieserver.imports.layout import Header, Layout
from movieserver.imports.refusals import NoFilm, RowRefused, shown
from movieserver.models import Nominee
from movieserver.titles import award_years

COLUMNS = ("Year", "Category", "Nominee", "Additional Info", "Won")
CATEGORY = "best picture"
SWAPPED = 2
"""The last ceremony whose columns may be swapped."""
YEAR = re.compile(r"(?P<award_year>\d{4}(?:/\d\d)?)\s*\((?P<ceremony>\d{1,3})(?:st|nd|rd|th)\)")


def layout(films: FilmFinder) -> Layout[Nominee]:
    """The layout; ``films`` finds the ids."""

    def reader(header: Header) -> Callable[[Row], Nominee | None]:
        cells = [header.cell(column) for column in COLUMNS]

        def read(row: Row) -> Nominee | None:
            year, category, title, info, won = (cell(row) for cell in cells)
            if category.casefold() != CATEGORY:
                return None
            return nominee(films, year, title, info, won)

        return read

    return Layout("academy_awards.csv", COLUMNS, reader, titles)


def nominee(films: FilmFinder, year: str, title: str, info: str, won: str) -> Nominee:
    """The nominee that a row's cells describe."""
    match = YEAR.fullmatch(year)
    if match is None:
        raise RowRefused(f"the year is {shown(year)!r}, not one such as 1932/33 (6th)")
    ceremony = values.ceremony(match["ceremony"])
    years = award_years(match["award_year"])
    movie_id = films.nominated(title, years)
    if movie_id is None and ceremony <= SWAPPED:
        movie_id, info = films.nominated(info, years), title
    if movie_id is None:
        raise NoFilm("no film of that title and year is known")
    return replace(
        known(films, movie_id),
        award_year=match["award_year"],
        ceremony=ceremony,
        additional_info=values.line(info, "Additional Info"),
        won=values.truth(won, "Won"),
    )


def titles(header: Header) -> Callable[[Row], Iterable[str]]:
    """The function that lists what may be titles in a row."""
    cells = [header.cell(column) for column in ("Nominee", "Additional Info")]
    category = header.cell("Category")
    return lambda row: [cell(row) for cell in cells] if category(row).casefold() == CATEGORY else []


def known(films: FilmFinder, movie_id: str) -> Nominee:
    """The nominee as it is known already, or else one made from the catalogue's film."""
    if movie_id in films.nominees:
        return films.nominees[movie_id]
    movie = films.movies[movie_id]
    return Nominee(movie_id, movie.title, movie.year or 0, "", 0, "", False)
