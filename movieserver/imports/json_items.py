"""Trakt's JSON, an array of objects, as the rows of Trakt's CSV."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from movieserver.errors import ConfigurationError
from movieserver.imports.refusals import RowRefused, shown
from movieserver.imports.source import Source, SourceChanged

HEADER = ("rated_at", "rating", "type", "title", "year", "imdb_id")
LARGEST = 1 << 24
"""The most characters of a file, which is read as a whole: about seventy thousand rates."""


class JsonItems(Iterator[Sequence[str]]):
    """The header, then each object of the array as a row.

    An object that is not a rate of a film raises ``RowRefused``, and the next one follows.
    """

    def __init__(self, source: Source) -> None:
        """Read the whole file; raises ``ConfigurationError`` unless it is a complete array."""
        self._items: Iterator[Any] = iter([HEADER, *_items(source)])

    def __next__(self) -> Sequence[str]:
        item = next(self._items)
        return HEADER if item is HEADER else _row(item)


def _items(source: Source) -> list[Any]:
    try:
        text = source.read(LARGEST)
        if source.read(1):
            raise ConfigurationError(f"{source.path}: JSON of more than {LARGEST} characters")
        items = json.loads(text, parse_constant=_no_number)
    except SourceChanged as error:
        again = "import it again when it is complete"
        raise ConfigurationError(f"{source.path} changed while it was read; {again}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{source.path}: not JSON: {error}") from error
    if not isinstance(items, list):
        raise ConfigurationError(f"{source.path}: the JSON is not an array of rates")
    return items


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON value")


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
        return "the type is not a string"
    return f"{'an' if kind.startswith(tuple('aeiou')) else 'a'} {shown(kind)}, not a film"
