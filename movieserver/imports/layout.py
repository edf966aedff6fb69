"""How a file lays out its rows, recognised by the names in its header."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from movieserver.errors import ConfigurationError
from movieserver.imports.csv_rows import Row
from movieserver.imports.refusals import shown

T = TypeVar("T")

TITLES = ("Title", "Name")
"""Columns whose cells are one line, whether or not they are read."""
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
        """The position of the column with that name."""
        return self._places[_key(name)]

    def is_ambiguous(self, name: str) -> bool:
        """Whether several columns have that name."""
        return sum(_key(each) == _key(name) for each in self.names) > 1

    def fits(self, row: Row) -> bool:
        """Whether ``row`` is not too wide, and no title or cell that is read has a line end."""
        cells = (row[place] for place in self._one_line if place < len(row))
        return len(row) <= len(self.names) and not any(map(LINE_END.search, cells))

    def cell(self, *names: str, exact: bool = False) -> Callable[[Row], str]:
        """A function that reads the first of the named columns that exists, or else empty text.

        It strips white space around the text unless ``exact``. Raises ``ConfigurationError`` if
        several columns have the name.
        """
        found = [name for name in names if name in self]
        if not found:
            return lambda row: ""
        if self.is_ambiguous(found[0]):
            raise ConfigurationError(
                f"several columns are named {found[0]}; keep only the one that counts"
            )
        place = self.place(found[0])
        self._one_line.add(place)
        return (lambda row: row[place]) if exact else (lambda row: row[place].strip())


@dataclass(frozen=True)
class Layout(Generic[T]):
    """One way to lay out rows."""

    name: str
    columns: tuple[str, ...]
    """The columns that the header must have."""
    reader: Callable[[Header], Callable[[Row], T | None]]
    """Makes the function that reads a row; it returns None if the row is about something else.

    The function is given rows with at least as many cells as the header, and may raise
    ``RowRefused``. Making it may raise ``ConfigurationError``.
    """
    titles: Callable[[Header], Callable[[Row], Iterable[str]]] | None = None
    """Makes the function that lists the titles in a row, if the layout knows films by title."""
    whole: bool = False
    """Whether a row that ends before the last of ``columns`` is broken."""


def choose(layouts: Sequence[Layout[T]], header: Header, path: object) -> Layout[T]:
    """The first layout whose columns are all in the header.

    Raises ``ConfigurationError`` if there is none, or if one of its columns is there twice.
    """

    def missing(layout: Layout[T]) -> list[str]:
        return [column for column in layout.columns if column not in header]

    for layout in layouts:
        if not missing(layout):
            for column in filter(header.is_ambiguous, layout.columns):
                raise ConfigurationError(
                    f"{path}: several columns are named {column}; keep only the one that counts"
                )
            return layout
    known = "; ".join(f"{each.name} ({', '.join(each.columns)})" for each in layouts)
    closest = min(layouts, key=lambda layout: len(missing(layout)))
    raise ConfigurationError(
        f"{path}: no layout has these columns: {shown(', '.join(header.names))}. "
        f"The closest is {closest.name}; it lacks {', '.join(missing(closest))}. "
        f"Known layouts: {known}"
    )


def _key(name: str) -> str:
    return NOT_A_NAME.sub("", name).casefold()
