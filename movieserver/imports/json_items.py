"""Trakt's JSON, an array of objects, as the rows of Trakt's CSV."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from movieserver.errors import MovieserverError
from movieserver.imports.json_extent import Extent
from movieserver.imports.refusals import RowRefused
from movieserver.imports.source import Source

HEADER = ("rated_at", "rating", "type", "title", "year", "imdb_id")
LONGEST = 1 << 17
"""Characters of the longest object that is taken."""
TOO_LONG = f"JSON of more than {LONGEST} characters in one object"

NOT_WHITE = re.compile(r"\S")
_decode = json.JSONDecoder().raw_decode


class JsonBroken(MovieserverError):
    """JSON that cannot be read on."""


class JsonItems(Iterator[Sequence[str]]):
    """The header, then each object of the array as a row, read piece by piece.

    One that is too long or broken raises ``RowRefused``, and the next one follows. After
    ``JsonBroken`` nothing does.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text, self._at, self._before = "", 0, 0
        """A part of the file, the place in it, and the number of characters before it."""
        self._over: Exception | None = None
        """Why nothing follows any more."""
        self._header_given = False
        if self._next_character() != "[":
            raise RowRefused("the JSON is no array of rates")
        self._text = self._text.replace("[", ",", 1)  # so that a comma comes before every item

    def __next__(self) -> Sequence[str]:
        if not self._header_given:
            self._header_given = True
            return HEADER
        if self._over is not None:
            raise self._over
        try:
            self._go_to_item()
            return _row(self._item())
        except (StopIteration, JsonBroken) as error:
            self._over = error
            raise

    def _item(self) -> Any:
        while True:
            try:
                item, end = _decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                self._read_on(error)
            else:
                if end - self._at > LONGEST:
                    raise RowRefused(TOO_LONG, self._go_to(end))
                self._at = end
                return item

    def _read_on(self, error: Exception) -> None:
        """Add to an item of which the text has the beginning; refuses one that is all there."""
        extent = Extent()
        end = extent.feed(self._text, self._at)
        reason = self._said(error)
        if end is not None:
            raise RowRefused(f"not JSON: {reason}", self._go_to(end))
        if len(self._text) - self._at > LONGEST:
            raise self._left_out(extent)
        if not self._add():
            raise JsonBroken(f"{self._source.path}: the JSON's array has no end: {reason}")

    def _left_out(self, extent: Extent) -> RowRefused:
        """Pass over the rest of an item that is too long, and return its refusal."""
        beginning, end = self._go_to(len(self._text)), None
        while end is None:
            if not self._add():
                raise JsonBroken(f"{self._source.path}: the JSON's array has no end: {TOO_LONG}")
            end = extent.feed(self._text)
            self._at = len(self._text) if end is None else end
        return RowRefused(TOO_LONG, beginning)

    def _go_to_item(self) -> None:
        """Pass over what comes before an item; raises ``StopIteration`` at the array's end."""
        found = self._next_character()
        if found not in ("", ",", "]"):
            raise self._broken("neither a comma nor the array's end is")
        while found == ",":
            self._at += 1
            found = self._next_character()
        if found == "]":
            self._at += 1
            if self._next_character():
                raise self._broken("left out is what comes after the array,")
            raise StopIteration

    def _next_character(self) -> str:
        """The next one that is no white space, and go to it; empty at the end of the file."""
        while (match := NOT_WHITE.search(self._text, self._at)) is None:
            self._at = len(self._text)
            if not self._add():
                return ""
        self._at = match.start()
        return match[0]

    def _add(self) -> bool:
        """Read a piece of the file; False at its end. What is before the place is forgotten."""
        piece = self._source.read(LONGEST)
        self._text = self._text[self._at :] + piece
        self._before += self._at
        self._at = 0
        return bool(piece)

    def _go_to(self, place: int) -> str:
        """Go on, and return the text in between."""
        passed, self._at = self._text[self._at : place], place
        return passed

    def _said(self, error: Exception) -> str:
        if isinstance(error, json.JSONDecodeError):
            return f"{error.msg} at character {self._before + error.pos + 1}"
        return str(error)

    def _broken(self, what: str) -> JsonBroken:
        place = self._before + self._at + 1
        return JsonBroken(f"{self._source.path}: {what} at character {place}")


def _row(item: Any) -> Sequence[str]:
    if not isinstance(item, dict):
        raise RowRefused("not a JSON object", json.dumps(item))
    kind = item.get("type", "movie")
    film = item.get("movie")
    if kind != "movie":
        raise RowRefused(_no_film(kind), json.dumps(item))
    if not isinstance(film, dict):
        raise RowRefused("no film", json.dumps(item))
    ids = film.get("ids")
    imdb_id = ids.get("imdb") if isinstance(ids, dict) else None
    values = (item.get("rated_at"), item.get("rating"), kind, film.get("title"), film.get("year"))
    return ["" if value is None else str(value) for value in (*values, imdb_id)]


def _no_film(kind: Any) -> str:
    if not isinstance(kind, str):
        return "the type is no text"
    return f"{'an' if kind.startswith(tuple('aeiou')) else 'a'} {kind}, not a film"
