"""A resource that waits as long as it is asked to, or fails in a way that nobody foresaw."""

import asyncio
from collections.abc import Sequence

from tornado.routing import PathMatches, Rule

from movieserver.handlers import Mount, Resource
from movieserver.handlers.base import BaseHandler


class SurpriseHandler(BaseHandler):
    async def get(self) -> None:
        await asyncio.sleep(float(self.get_query_argument("seconds", "0")))
        if self.get_query_argument("token", ""):
            raise KeyError(self.request.headers["Authorization"])
        self.write_json({})


def routes(mount: Mount) -> Sequence[Rule]:
    return [Rule(PathMatches("/surprise"), SurpriseHandler, {"mount": mount})]


resource = Resource("surprise", routes)
