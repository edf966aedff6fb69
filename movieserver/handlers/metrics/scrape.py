"""What a scrape is answered with: this process, and those beside it."""

from movieserver.handlers.metrics.exposition import exposition
from movieserver.handlers.metrics.outlook import Outlook
from movieserver.services import Services


class Scrape:
    """The metrics of one server, or of all the processes that it is one of."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._outlook = Outlook(services.stores, services.events, services.clock)
        if services.siblings is not None:
            services.siblings.answer_with(self.own)

    async def own(self) -> bytes:
        """The metrics of this process in the text format of Prometheus."""
        return exposition(self._services, await self._outlook.sight())

    async def whole(self) -> bytes:
        """The metrics of all processes that share the port."""
        siblings = self._services.siblings
        own = await self.own()
        return own if siblings is None else await siblings.united(own)
