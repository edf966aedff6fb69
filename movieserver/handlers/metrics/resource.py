"""The resource of the metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from tornado.routing import PathMatches, Rule

from movieserver.handlers.base import BaseHandler
from movieserver.handlers.metrics.exposition import exposition
from movieserver.handlers.metrics.merging import merged
from movieserver.handlers.metrics.store_watch import StoreWatch
from movieserver.handlers.resource import Mount, Resource


class MetricsHandler(BaseHandler):
    """The metrics of this process, and of those that share its port."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount)
        self._own: Callable[[], Awaitable[bytes]] = state["own"]

    async def get(self) -> None:
        body, siblings = await self._own(), self.services.siblings
        if siblings is not None:
            body = await asyncio.to_thread(merged, await siblings.texts(body))
        self.write_bytes(body, CONTENT_TYPE_LATEST)


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    services = mount.services
    watch = StoreWatch(services.stores, services.topics, services.clock)

    async def own() -> bytes:
        """The metrics of this process in the text format of Prometheus."""
        return exposition(services, await watch.report())

    if services.siblings is not None:
        services.siblings.answer_with(own)
    return [Rule(PathMatches(r"/metrics"), MetricsHandler, {"mount": mount, "own": own})]


resource = Resource("metrics", routes, description=Path(__file__).with_name("metrics.yaml"))
