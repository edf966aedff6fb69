"""``GET /movies/top10``: the ten best rated films, by mean or by weighted rate."""

from collections.abc import Sequence
from pathlib import Path

from tornado.httputil import HTTPServerRequest
from tornado.routing import Rule

from movieserver.answers import Answer
from movieserver.handlers.arguments import argument
from movieserver.handlers.memory import memory_rule
from movieserver.handlers.problems import Problem
from movieserver.handlers.resource import Mount, Resource


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    memory = mount.services.memory

    def responder(request: HTTPServerRequest) -> Answer:
        match argument(request, "rank"):
            case None | "mean":
                return memory.top10.value
            case "weighted":
                return memory.weighted.value
            case _:
                raise Problem(400, "rank must be 'mean' (the default) or 'weighted'.")

    return [memory_rule(r"/movies/top10", mount, responder)]


resource = Resource(
    "top10",
    routes,
    reads=frozenset({"top10", "weighted"}),
    description=Path(__file__).with_suffix(".yaml"),
)
