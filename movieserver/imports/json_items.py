"""Trakt's JSON, an array of objects, as the rows of Trakt's CSV."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from movieserver.errors import MovieserverError
from movieserver.imports.refusals import RowRefused
from movieserver.imports.source import Source

HEADER = ("rated_at", "rating", "type", "title", "year", "imdb_id")
LONGEST = 1 << 17
"""Characters of the longest object that is taken."""

_decode = json.JSONDecoder().raw_decode


class JsonBroken(MovieserverError):
    """JSON that cannot be read on."""


class JsonItems(Iterator[Sequence[str]]):
    """The header, then each object of the array as a row, read piece by piece."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.read().lstrip()
        if not self._text.startswith("["):
            raise RowRefused("the JSON is no array of rates")
        self._text = self._text[1:]
        self._header_given = False

    def __next__(self) -> Sequence[str]:
        if not self._header_given:
            self._header_given = True
            return HEADER
        return _row(self._item())

    def _item(self) -> Any:
        while True:
            self._text = self._text.lstrip(", \t\r\n")
            if self._text.startswith("]"):
                raise StopIteration
            try:
                item, end = _decode(self._text)
            except (ValueError, RecursionError) as error:
                self._read_on(error)
            else:
                self._text = self._text[end:]
                return item

    def _read_on(self, error: Exception) -> None:
        if len(self._text) > LONGEST:
            raise JsonBroken(f"{self._source.path}: not JSON: {error}") from error
        piece = self._source.read(LONGEST)
        if not piece:
            raise JsonBroken(f"{self._source.path}: the JSON ends in the middle") from error
        self._text += piece


def _row(item: Any) -> Sequence[str]:
    if not isinstance(item, dict):
        raise RowRefused("not a JSON object", json.dumps(item))
    kind = item.get("type", "movie")
    film = item.get("movie")
    if kind != "movie" or not isinstance(film, dict):
        raise RowRefused(
            f"a {kind}, not a film" if kind != "movie" else "no film", json.dumps(item)
        )
    ids = film.get("ids")
    imdb_id = ids.get("imdb") if isinstance(ids, dict) else None
    values = (item.get("rated_at"), item.get("rating"), kind, film.get("title"), film.get("year"))
    return ["" if value is None else str(value) for value in (*values, imdb_id)]
