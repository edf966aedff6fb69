"""How a file lays out its rows: recognised by the names in its header."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from movieserver.errors import ConfigurationError
from movieserver.imports.csv_rows import Row
from movieserver.imports.refusals import shown

T = TypeVar("T")

TITLES = ("Title", "Name")
"""Columns that are one line, whether they are read or not."""
LINE_END = re.compile(r"[\r\n]")
NOT_A_NAME = re.compile(r"[\W_]+")


class Header:
    """The names of a file's columns, compared without regard to case and punctuation."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._places: dict[str, int] = {}
        for place, name in enumerate(self.names):
            self._places.setdefault(_key(name), place)
        self._one_line = {self.place(name) for name in TITLES if name in self}

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._places

    def place(self, name: str) -> int:
        """Where the column of that name is."""
        return self._places[_key(name)]

    def is_ambiguous(self, name: str) -> bool:
        """Whether several columns have that name."""
        return sum(_key(each) == _key(name) for each in self.names) > 1

    def fits(self, row: Row) -> bool:
        """Whether ``row`` is no wider, and no title and no cell that is read has a line end."""
        cells = (row[place] for place in self._one_line if place < len(row))
        return len(row) <= len(self.names) and not any(map(LINE_END.search, cells))

    def cell(self, *names: str, exact: bool = False) -> Callable[[Row], str]:
        """Reads the first of the named columns that there is; empty text where there is none.

        White space around the text is left out, unless it is to be ``exact``.
        """
        places = [self.place(name) for name in names if name in self]
        if not places:
            return lambda row: ""
        place = places[0]
        self._one_line.add(place)
        return (lambda row: row[place]) if exact else (lambda row: row[place].strip())


@dataclass(frozen=True)
class Layout(Generic[T]):
    """One way to write something down."""

    name: str
    columns: tuple[str, ...]
    """The columns that it must have."""
    reader: Callable[[Header], Callable[[Row], T | None]]
    """Makes what reads a row; None for a row that is about something else.

    Rows have no fewer cells than the header. Raises ``RowRefused``; making it may raise
    ``ConfigurationError``.
    """
    titles: Callable[[Header], Callable[[Row], Iterable[str]]] | None = None
    """Makes what names the titles of a row, for a layout that knows films by title."""
    whole: bool = False
    """Whether a row that ends before its last column is a broken one."""


def choose(layouts: Sequence[Layout[T]], header: Header, path: object) -> Layout[T]:
    """The first layout that has all its columns.

    Raises ``ConfigurationError`` if none has, or where two columns are the same one.
    """

    def missing(layout: Layout[T]) -> list[str]:
        return [column for column in layout.columns if column not in header]

    for layout in layouts:
        if not missing(layout):
            for column in filter(header.is_ambiguous, layout.columns):
                raise ConfigurationError(
                    f"{path}: several columns are named {column}; leave the one that counts"
                )
            return layout
    known = "; ".join(f"{each.name} ({', '.join(each.columns)})" for each in layouts)
    closest = min(layouts, key=lambda layout: len(missing(layout)))
    raise ConfigurationError(
        f"{path}: no layout has these columns: {shown(', '.join(header.names))}. "
        f"The closest is {closest.name}; it lacks {', '.join(missing(closest))}. "
        f"Known are: {known}"
    )


def _key(name: str) -> str:
    return NOT_A_NAME.sub("", name).casefold()
