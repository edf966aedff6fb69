"""``GET /metrics``: what the server counted and holds, for Prometheus."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from tornado.routing import PathMatches, Rule

from movieserver.handlers.base import BaseHandler
from movieserver.handlers.resource import Mount, Resource
from movieserver.metrics.exposition import exposition
from movieserver.metrics.outlook import Outlook


class MetricsHandler(BaseHandler):
    """The metrics of this process."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount)
        self._outlook: Outlook = state["outlook"]

    async def get(self) -> None:
        sight = await self._outlook.sight()
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.write(exposition(self.services, sight))

    head = get


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    services = mount.services
    outlook = Outlook(services.stores, services.events, services.clock)
    arguments = {"mount": mount, "outlook": outlook}
    return [Rule(PathMatches(r"/metrics"), MetricsHandler, arguments)]


resource = Resource("metrics", routes, description=Path(__file__).with_suffix(".yaml"))
