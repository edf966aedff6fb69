"""Keeps a store's answers for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from cachetools import LRUCache

from movieserver.clock import Clock
from movieserver.errors import StoreUnavailable
from movieserver.futures import retrieve

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

RETRY = 1.0
"""Seconds until a store that did not answer is asked again, by one caller for all."""
PATIENCE = 0.25
"""Seconds that this caller waits for the answer; a store that hangs takes its whole time limit."""


class Kept(NamedTuple, Generic[V]):
    """An answer that a store gave."""

    value: V
    age: float
    """Seconds since it was given."""


class ReadCache(Generic[K, V]):
    """Spares the store repeated questions, and remembers its answers while it is down.

    A value younger than ``max_age`` is returned as it is. An older one is loaded again, once for
    all callers. While the store is known to be down, only one caller every ``RETRY`` seconds waits
    for it, for ``PATIENCE``.
    """

    def __init__(
        self, load: Callable[[K], Awaitable[V]], clock: Clock, size: int, max_age: float
    ) -> None:
        """Keep at most ``size`` values for ``max_age`` seconds each."""
        self._load = load
        self._clock = clock
        self._max_age = max_age
        self._values: LRUCache[K, tuple[float, V]] = LRUCache(size)
        self._loading: dict[K, asyncio.Task[V]] = {}
        self._outage: StoreUnavailable | None = None
        """Why the store did not answer when it was last asked; None if it did."""
        self._retry_at = 0.0

    async def get(self, key: K) -> V:
        """The value of ``key``; raises ``StoreError`` if the store fails."""
        kept = self.kept(key)
        if kept is not None and kept.age < self._max_age:
            return kept.value
        if self._outage is None:
            return await asyncio.shield(self._fresh(key))
        if not self._loading and self._clock.monotonic() >= self._retry_at:
            attempt = self._fresh(key)
            attempt.add_done_callback(retrieve)
            await asyncio.wait({attempt}, timeout=PATIENCE)
            if attempt.done():
                return attempt.result()
        raise StoreUnavailable(str(self._outage)) from self._outage

    def kept(self, key: K) -> Kept[V] | None:
        """The store's last answer, however old it is; None if there is none."""
        if key not in self._values:
            return None
        loaded_at, value = self._values[key]
        return Kept(value, self._clock.monotonic() - loaded_at)

    def _fresh(self, key: K) -> "asyncio.Task[V]":
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.ensure_future(self._loaded(key))
        return task

    async def _loaded(self, key: K) -> V:
        try:
            value = await self._load(key)
        except StoreUnavailable as error:
            self._outage, self._retry_at = error, self._clock.monotonic() + RETRY
            raise
        finally:
            del self._loading[key]
        self._outage = None
        self._values[key] = (self._clock.monotonic(), value)
        return value
