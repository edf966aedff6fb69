"""The resource of the metrics."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from tornado.routing import PathMatches, Rule

from movieserver.handlers.base import BaseHandler
from movieserver.handlers.metrics.scrape import Scrape
from movieserver.handlers.resource import Mount, Resource


class MetricsHandler(BaseHandler):
    """The metrics of this process, and of those that share its port."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount)
        self._scrape: Scrape = state["scrape"]

    async def get(self) -> None:
        body = await self._scrape.whole()
        self.write_bytes(body, CONTENT_TYPE_LATEST)


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    arguments = {"mount": mount, "scrape": Scrape(mount.services)}
    return [Rule(PathMatches(r"/metrics"), MetricsHandler, arguments)]


resource = Resource("metrics", routes, description=Path(__file__).with_name("metrics.yaml"))
