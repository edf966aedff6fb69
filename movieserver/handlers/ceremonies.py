"""``GET /movies/bestpictures/ceremonies/{n}``: the nominees of one ceremony."""

from collections.abc import Sequence
from pathlib import Path

from tornado.httputil import HTTPServerRequest
from tornado.routing import Rule

from movieserver.answers import Answer
from movieserver.handlers.arguments import last_part
from movieserver.handlers.memory import memory_rule
from movieserver.handlers.problems import Problem
from movieserver.handlers.resource import Mount, Resource

DIGITS = 6
"""The maximum length of a ceremony's number, in digits."""


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    nominees = mount.services.memory.nominees

    def responder(request: HTTPServerRequest) -> Answer:
        number = last_part(request)
        index = nominees.value
        if number.isascii() and number.isdigit() and len(number) <= DIGITS:
            answer = index.ceremony(int(number))
            if answer is not None:
                return answer
        raise Problem(404, "There is no such ceremony; they are numbered from 1.")

    return [memory_rule(r"/movies/bestpictures/ceremonies/(?P<number>[^/]+)", mount, responder)]


resource = Resource(
    "ceremonies",
    routes,
    reads=frozenset({"nominees"}),
    description=Path(__file__).with_suffix(".yaml"),
)
