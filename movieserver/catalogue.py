"""The nominees and movies that ship with movieserver."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from io import StringIO

from movieserver.models import Movie, Nominee

DATA = files("movieserver").joinpath("data")


def shipped_nominees() -> list[Nominee]:
    """The nominees for Best Picture up to the 98th ceremony, with alternative titles."""
    alternatives: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows("alternative_titles.csv"):
        alternatives[row["id"]].append(row["title"])
    return [
        Nominee(
            id=row["id"],
            title=row["title"],
            film_year=int(row["year"]),
            award_year=row["award_year"],
            ceremony=int(row["ceremony"]),
            additional_info=row["additional_info"],
            won=row["won"] == "true",
            alternative_titles=tuple(alternatives[row["id"]]),
        )
        for row in _rows("best_picture_nominees.csv")
    ]


def shipped_movies() -> list[Movie]:
    """The catalogue of films, including the nominees."""
    return [
        Movie(row["id"], row["title"], _number(row["year"]), _number(row["box_office_value"]))
        for row in _rows("movies.csv")
    ]


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(StringIO(DATA.joinpath(name).read_text("utf-8")))


def _number(text: str) -> int | None:
    return int(text) if text else None
