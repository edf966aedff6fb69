"""``GET /movies/bestpictures``: was this film nominated for Best Picture, and did it win?

``GET /movies/bestpictures/{id}``: the same for a film given by its id.

``GET /movies/bestpictures/search``: the nominees whose titles begin with a prefix.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from tornado.httputil import HTTPServerRequest
from tornado.routing import Rule

from movieserver.answers import Answer
from movieserver.handlers.arguments import argument, integer, last_part, legal_id
from movieserver.handlers.memory import memory_rule
from movieserver.handlers.problems import Problem
from movieserver.handlers.resource import Mount, Resource
from movieserver.memory.snapshot import Snapshot
from movieserver.titles import TitleIndex, search_result_json, suggestion_json

YEAR = re.compile(r"(\d{4})(?:/\d\d)?(?: \(\d{1,3}[a-z]{2}\))?")
"""A year as people write it, or as the answers do: ``1957``, ``1927/28``, ``1957 (30th)``."""

KEPT = 4096
"""Look-ups whose answers are cached."""
KEPT_SEARCHES = 1024
"""Searches whose answers are cached; each holds up to ``MOST_FOUND`` nominees."""
FOUND, MOST_FOUND = 10, 20
"""Nominees that a search finds by default, and at most."""


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    nominees = mount.services.memory.nominees
    return [
        memory_rule(r"/movies/bestpictures", mount, lambda asked: look_up(nominees, asked)),
        memory_rule(r"/movies/bestpictures/search", mount, lambda asked: search(nominees, asked)),
        memory_rule(r"/movies/bestpictures/([^/]+)", mount, lambda asked: by_id(nominees, asked)),
    ]


def look_up(nominees: Snapshot[TitleIndex], request: HTTPServerRequest) -> Answer:
    """The nominee of a title; raises ``Problem`` with the closest titles if there is none."""
    title = _text(request, "title", "/movies/bestpictures?title=Casablanca")
    year = _year(request)
    index = nominees.value
    answer = remembering(index)(title, year)
    if answer is None:
        film = repr(title) if year is None else f"{title!r} of {year}"
        raise Problem(
            404,
            f"{film} is not a nominee for Best Picture.",
            extra={"suggestions": [suggestion_json(n) for n in index.suggest(title)]},
        )
    return answer


def by_id(nominees: Snapshot[TitleIndex], request: HTTPServerRequest) -> Answer:
    """The nominee of an id, with the other nominees of its title."""
    movie_id = legal_id(last_part(request))
    answer = nominees.value.of_id(movie_id)
    if answer is None:
        raise Problem(404, f"The film {movie_id} is not a nominee for Best Picture.")
    return answer


def search(nominees: Snapshot[TitleIndex], request: HTTPServerRequest) -> Answer:
    """The nominees whose titles begin with a prefix."""
    prefix = _text(request, "prefix", "/movies/bestpictures/search?prefix=casa")
    limit = integer(request, "limit", FOUND, 1, MOST_FOUND)
    return searching(nominees.value)(prefix, limit)


@lru_cache(maxsize=1)
def remembering(index: TitleIndex) -> Callable[[str, int | None], Answer | None]:
    """``index.find`` with a cache; a new index gets a new cache."""
    return lru_cache(KEPT)(index.find)


@lru_cache(maxsize=1)
def searching(index: TitleIndex) -> Callable[[str, int], Answer]:
    """A function that answers searches in ``index``, with a cache as well."""

    def answer(prefix: str, limit: int) -> Answer:
        found = index.starting_with(prefix, limit)
        return Answer.of({"result": [search_result_json(nominee) for nominee in found]})

    return lru_cache(KEPT_SEARCHES)(answer)


def _text(request: HTTPServerRequest, name: str, example: str) -> str:
    text = argument(request, name)
    if text is None or not text.strip():
        raise Problem(400, f"A {name} is needed, as in {example}")
    return text


def _year(request: HTTPServerRequest) -> int | None:
    year = argument(request, "year")
    if year is None:
        return None
    match = YEAR.fullmatch(year.strip())
    if match is None or not year.isascii():
        raise Problem(400, "year must have four digits, such as 1957.")
    return int(match[1])


resource = Resource(
    "bestpictures",
    routes,
    reads=frozenset({"nominees"}),
    description=Path(__file__).with_suffix(".yaml"),
)
