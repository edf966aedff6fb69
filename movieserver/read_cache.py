"""Answers of a store that are kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

from movieserver.clock import Clock
from movieserver.errors import StoreError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ReadCache(Generic[K, V]):
    """Spares the store repeated questions, and stands in for it while it is down.

    A value younger than ``max_age`` is given as it is. An older one is asked for again, once
    however many ask; should the store fail, the old value is given all the same.
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

    async def get(self, key: K) -> V:
        """The value of ``key``; raises ``StoreError`` where the store fails and nothing is kept."""
        kept = self._values.get(key)
        if kept is not None and self._clock.monotonic() - kept[0] < self._max_age:
            return kept[1]
        try:
            return await asyncio.shield(self._fresh(key))
        except StoreError:
            if kept is None:
                raise
            return kept[1]

    def _fresh(self, key: K) -> "asyncio.Task[V]":
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.ensure_future(self._loaded(key))
        return task

    async def _loaded(self, key: K) -> V:
        try:
            value = await self._load(key)
            self._values[key] = (self._clock.monotonic(), value)
            return value
        finally:
            del self._loading[key]
