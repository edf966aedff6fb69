"""The answer to a scrape: the metrics of this process and of those beside it."""

from movieserver.handlers.metrics.exposition import exposition
from movieserver.handlers.metrics.store_watch import StoreWatch
from movieserver.services import Services


class Scrape:
    """Gathers the metrics of this process, and of those that share its port."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watch = StoreWatch(services.stores, services.topics, services.clock)
        if services.siblings is not None:
            services.siblings.answer_with(self.own)

    async def own(self) -> bytes:
        """The metrics of this process in the text format of Prometheus."""
        return exposition(self._services, await self._watch.report())

    async def whole(self) -> bytes:
        """The metrics of all processes that share the port."""
        siblings = self._services.siblings
        own = await self.own()
        return own if siblings is None else await siblings.merged(own)
