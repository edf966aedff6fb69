"""Opens the stores of a profile, and keeps trying those that are not available yet."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from movieserver.backends import Store
from movieserver.errors import StoreError, StoreUnavailable
from movieserver.services import Services

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between two tries: the first pause and the longest; each is twice the one before."""


class Connections:
    """The stores of one process, from opening to closing."""

    def __init__(self, services: Services, opened: Callable[[str], Awaitable[None]]) -> None:
        """Take the services with the stores; ``opened`` is awaited with each open store's role."""
        self._stores = services.stores.listed
        self._openings = services.openings
        self._clock = services.clock
        self._opened = opened
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open all stores at once; those that are unavailable are tried again in the background.

        Raises ``StoreRefused`` if trying again would not help.
        """
        tries = [self._try(role, store) for role, store in self._stores.items()]
        for outcome in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def close(self) -> None:
        """Stop trying, and close every store."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for role, store in self._stores.items():
            try:
                await store.close()
            except Exception:
                log.exception("the store for %s could not be closed", role)

    async def _try(self, role: str, store: Store) -> None:
        try:
            await self._open(role, store)
        except StoreUnavailable as error:
            log.warning("the store for %s is not available yet: %s", role, error)
            self._tasks.append(asyncio.create_task(self._retry(role, store)))

    async def _open(self, role: str, store: Store) -> None:
        try:
            await store.open()
            await self._tell(role, store)
        except StoreError as error:
            self._openings.fail(role, error)
            raise
        self._openings.succeed(role)

    async def _tell(self, role: str, store: Store) -> None:
        """Await ``opened`` for a store that was just opened; if that fails, close the store.

        It will be opened again, and its first connections would otherwise be left behind.
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
            except StoreError as error:
                pause = min(pause * 2, LONGEST_PAUSE)
                log.warning(
                    "the store for %s is not available yet, next try in %g s: %s",
                    role,
                    pause,
                    error,
                )
            except Exception as error:
                surprise = f"opening it failed: {type(error).__name__}"
                self._openings.fail(role, StoreUnavailable(surprise))
                pause = LONGEST_PAUSE
                log.exception("the store for %s failed, next try in %g s", role, pause)
            else:
                log.info("the store for %s is open", role)
                return
