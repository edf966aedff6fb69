"""One process of a profile: puts its parts together, starts them and stops them."""

import asyncio
import logging
from contextlib import suppress

from movieserver import catalogue
from movieserver.clock import SystemClock
from movieserver.composition.connections import Connections
from movieserver.composition.router import (
    make_cross_origin,
    make_observers,
    make_router,
    make_rules,
)
from movieserver.composition.wiring import make_jobs, make_services
from movieserver.errors import StoreError
from movieserver.handlers.framing import ProblemServer
from movieserver.handlers.front import Front
from movieserver.jobs.runner import JobRunner
from movieserver.metrics.siblings import Siblings
from movieserver.process.acceptor import Acceptor
from movieserver.process.sockets import listening, url
from movieserver.profile import Profile
from movieserver.profile.sections import HttpSettings

log = logging.getLogger(__name__)

ANY_SIZE = 16**64
"""Bytes: more than a chunk's size can express. The front limits bodies, because it answers one that
is too large; Tornado does not."""


class Server:
    """One process of a profile: ``start`` it, then ``stop`` it."""

    def __init__(self, profile: Profile, siblings: Siblings | None = None) -> None:
        """Put everything together; nothing is connected, loaded or listened on yet.

        ``siblings`` are the processes on the same port, if there are several.

        Raises ``ConfigurationError`` if the profile cannot be run.
        """
        self.profile = profile
        clock = SystemClock()
        self.services = make_services(profile, clock, siblings)
        self._connections = Connections(self.services, self._opened)
        self._runner = JobRunner(make_jobs(profile, self.services), clock, self.services.meters)
        self._observers = make_observers(profile, self.services)
        rules = make_rules(profile, self.services, self._observers)
        self._front = Front(
            make_router(rules, self.services, self._observers),
            clock,
            profile.http.idle_timeout,
            self._observers.elsewhere,
            make_cross_origin(profile, rules),
        )
        self._http = make_http(self._front, profile.http)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> list[str]:
        """Connect, load the memory, listen and run the jobs; returns the URLs listened on.

        Raises ``StoreRefused`` for a store that will not work, and ``AddressUnavailable`` for an
        address that cannot be listened on.
        """
        await self._connections.open()
        await self._runner.prime()
        if self.services.siblings is not None:
            await self.services.siblings.open()
        self.services.lifecycle.start()
        urls = self._listen()
        watching = self.services.meters.watch_loop(self.services.clock)
        ongoing = (self._front.sweep(), watching, self._ask_for_keys())
        self._tasks = [asyncio.create_task(each) for each in ongoing]
        self._runner.start()
        return urls

    async def stop(self) -> None:
        """Take no new requests, finish those in flight, stop the jobs, close the stores, flush.

        Requests and jobs share the profile's ``drain_timeout``; jobs get a little longer if the
        requests have used it up. The log lines of requests are flushed last.
        """
        patience = self.profile.http.drain_timeout
        end = asyncio.get_running_loop().time() + patience
        self.services.lifecycle.stop()
        self._http.stop()
        await self._drain(patience)
        # Connections close one by one; a rate that still comes in must not be stored unanswered.
        self.services.lifecycle.end()
        await self._http.close_all_connections()
        for task in self._tasks:
            task.cancel()
        if self.services.siblings is not None:
            await self.services.siblings.close()
        await self._runner.stop(end)
        if self.services.tokens is not None:
            await self.services.tokens.close()
        await self._connections.close()
        await self.services.tracer.close()
        self._observers.flush()

    async def _drain(self, patience: float) -> None:
        """Wait for the requests in flight, for at most ``patience`` seconds."""
        try:
            async with asyncio.timeout(patience):
                await self.services.lifecycle.idle()
        except TimeoutError:
            log.warning("requests were still in flight after %g s", patience)

    def _listen(self) -> list[str]:
        clock, no_room = self.services.clock, self._http.no_room
        sockets = listening(self.profile.host, self.profile.port)
        bound = [Acceptor(each, clock, no_room) for each in sockets]
        self._http.add_sockets(bound)
        return [url(each) for each in bound]

    async def _ask_for_keys(self) -> None:
        """Fetch the keys before the first token comes, so that an absent issuer is noticed now."""
        if self.services.tokens is not None:
            with suppress(StoreError):  # the source of the keys has logged it
                await self.services.tokens.ping()

    async def _opened(self, role: str) -> None:
        if role == "movies" and self.profile.shipped_data:
            movies = self.services.stores.movies
            revision = await movies.revision()
            # There may be averages, which count as changes, and yet no films.
            if revision.nominees == 0 or not await movies.top(1):
                nominees = await asyncio.to_thread(catalogue.shipped_nominees)
                await movies.seed(nominees, await asyncio.to_thread(catalogue.shipped_movies))
        if role == "rates":
            await self._follow_versions()

    async def _follow_versions(self) -> None:
        """Give only versions above those in the store, even if the clock has been set back."""
        latest = await self.services.stores.rates.latest()
        behind = latest / 1_000_000 - self.services.clock.time()
        if behind > 1:
            log.warning(
                "the clock is %.0f s behind the latest rate; versions continue above it", behind
            )
        self.services.versions.follow(latest)


def make_http(front: Front, settings: HttpSettings) -> ProblemServer:
    """Tornado's server, which hands every request to ``front``."""
    server = ProblemServer(
        front,
        max_body_size=ANY_SIZE,
        max_header_size=settings.max_header_size,
        xheaders=settings.trust_proxy,
    )
    # A timer for each request is a sixth of a look-up's cost; the front sweeps instead.
    server.conn_params.header_timeout = None
    server.observer = front.observer
    return server
