"""Opens the stores of a profile, and keeps trying where an engine is not there yet."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from movieserver.backends import Store
from movieserver.errors import MovieserverError, StoreError, StoreUnavailable
from movieserver.services import Services

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between two tries: doubled from the one up to the other."""


class Connections:
    """The stores of one process, from their opening to their close."""

    def __init__(self, services: Services, opened: Callable[[str], Awaitable[None]]) -> None:
        """Take the services with the stores; ``opened`` is awaited with the role of each."""
        self._stores = services.stores.listed
        self._openings = services.openings
        self._clock = services.clock
        self._opened = opened
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open all stores at once; those that are unavailable are tried again in the background.

        Raises ``StoreRefused`` where trying again would not help.
        """
        tries = [self._try(role, store) for role, store in self._stores.items()]
        for outcome in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def close(self) -> None:
        """Close every store."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for store in self._stores.values():
            await store.close()

    async def _try(self, role: str, store: Store) -> None:
        try:
            await self._open(role, store)
        except StoreUnavailable as error:
            log.warning("the store for %s is not there yet: %s", role, error)
            self._tasks.append(asyncio.create_task(self._retry(role, store)))

    async def _open(self, role: str, store: Store) -> None:
        try:
            await store.open()
            await self._tell(role, store)
        except MovieserverError as error:
            reason = error if isinstance(error, StoreError) else StoreUnavailable(str(error))
            self._openings.fail(role, reason)
            raise
        self._openings.succeed(role)

    async def _tell(self, role: str, store: Store) -> None:
        """Await what is to be done with a store that is open; where it fails, close the store.

        It is opened again then, and would leave the connections of the first time behind.
        """
        try:
            await self._opened(role)
        except Exception:
            with suppress(StoreError):
                await store.close()
            raise

    async def _retry(self, role: str, store: Store) -> None:
        pause = FIRST_PAUSE
        while True:
            await self._clock.sleep(pause)
            try:
                await self._open(role, store)
            # A file that the URL names may be away for a moment: that is a ConfigurationError.
            except MovieserverError as error:
                pause = min(pause * 2, LONGEST_PAUSE)
                log.warning(
                    "the store for %s is not there yet, next try in %g s: %s", role, pause, error
                )
            except Exception:
                pause = LONGEST_PAUSE
                log.exception("the store for %s failed, next try in %g s", role, pause)
            else:
                log.info("the store for %s is open", role)
                return
