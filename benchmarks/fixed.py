"""A resource that takes a rate and does nothing with it, which shows what the front alone costs.

The profile fixed.yaml names it by its dotted path, like any third-party handler.
"""

from collections.abc import Sequence

from tornado.routing import PathMatches, Rule

from movieserver.handlers import Mount, Resource
from movieserver.handlers.base import BaseHandler

ANSWER = b'{"rate": 9}'


class FixedHandler(BaseHandler):
    """Checks the token, reads the body, and answers the same bytes whatever the body says."""

    async def post(self, _movie_id: str) -> None:
        if self.request.body:
            self.set_header("Content-Type", "application/json; charset=utf-8")
            self.write(ANSWER)


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    return [Rule(PathMatches(r"/movies/([^/]+)/users/rate"), FixedHandler, {"mount": mount})]


resource = Resource("fixed", routes, access=frozenset({"token"}))
