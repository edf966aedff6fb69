"""``GET /movies/bestpictures``: was this film nominated for Best Picture, and did it win?"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from tornado.httputil import HTTPServerRequest
from tornado.routing import Rule

from movieserver.answers import Answer
from movieserver.handlers.memory import argument, memory_rule
from movieserver.handlers.problems import Problem
from movieserver.handlers.resource import Mount, Resource
from movieserver.titles import TitleIndex, suggestion_json

YEAR = re.compile(r"(\d{4})(?:/\d\d)?(?: \(\d{1,3}[a-z]{2}\))?")
"""A year as people write it, or as the answers do: ``1957``, ``1927/28``, ``1957 (30th)``."""

KEPT = 4096
"""Look-ups whose answers are remembered."""


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    nominees = mount.services.memory.nominees

    def responder(request: HTTPServerRequest) -> Answer:
        title, year = _title(request), _year(request)
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

    return [memory_rule(r"/movies/bestpictures", mount, responder)]


@lru_cache(maxsize=1)
def remembering(index: TitleIndex) -> Callable[[str, int | None], Answer | None]:
    """``index.find`` with a memory for what was asked before; a new index has a new one."""
    return lru_cache(KEPT)(index.find)


def _title(request: HTTPServerRequest) -> str:
    title = argument(request, "title")
    if title is None or not title.strip():
        raise Problem(400, "A title is needed: /movies/bestpictures?title=Casablanca")
    return title


def _year(request: HTTPServerRequest) -> int | None:
    year = argument(request, "year")
    if year is None:
        return None
    match = YEAR.fullmatch(year.strip())
    if match is None or not year.isascii():
        raise Problem(400, "year is a year of four digits, such as 1957.")
    return int(match[1])


resource = Resource(
    "bestpictures",
    routes,
    reads=frozenset({"nominees"}),
    description=Path(__file__).with_suffix(".yaml"),
)
