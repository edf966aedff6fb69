"""The resource: the description of all mounted resources, composed when the server is built."""

from collections.abc import Sequence
from pathlib import Path

from tornado.routing import Rule

from movieserver.answers import Answer
from movieserver.handlers.description.composition import compose
from movieserver.handlers.description.page import page
from movieserver.handlers.memory import memory_rule
from movieserver.handlers.resource import Mount, Resource


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    document = compose(mount.mounted)
    description, documentation = Answer.of(document), page(document)
    return [
        memory_rule(r"/openapi\.json", mount, lambda _request: description),
        memory_rule(r"/docs", mount, lambda _request: documentation),
    ]


resource = Resource("description", routes, description=Path(__file__).with_name("description.yaml"))
