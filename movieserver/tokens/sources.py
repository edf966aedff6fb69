"""Sources of keys: fixed keys, and sets that are loaded again while the server runs."""

import asyncio
import logging
import math
from abc import ABC, abstractmethod
from contextlib import suppress

from movieserver.clock import Clock
from movieserver.errors import StoreUnavailable
from movieserver.tokens.keys import KeySet

log = logging.getLogger(__name__)

EARLY = 0.8
"""The fraction of its maximum age after which a set is loaded again in the background."""


class KeySource(ABC):
    """Gives the keys that are valid now."""

    current: KeySet | None = None
    """The latest keys; None before the first. Loading an equal set does not replace the object."""
    fresh_until: float = -math.inf
    """The monotonic time until which ``current`` may be used without calling ``keys``."""

    @abstractmethod
    async def keys(self) -> KeySet:
        """The keys, loaded again if they are too old; raises ``StoreUnavailable`` if none."""

    @abstractmethod
    async def renewed(self) -> KeySet:
        """The keys, loaded again if that is allowed; for a token that names an unknown key.

        Raises ``StoreUnavailable`` if there are none.
        """

    async def close(self) -> None:
        """Stop a load that is under way."""


class FixedKeys(KeySource):
    """Keys that last as long as the process."""

    def __init__(self, keys: KeySet) -> None:
        self.current: KeySet = keys
        self.fresh_until = math.inf

    async def keys(self) -> KeySet:
        return self.current

    async def renewed(self) -> KeySet:
        return self.current


class KeyDocument(ABC):
    """A set of keys that is kept outside this process."""

    name: str
    """The name for messages; contains no secret."""

    @abstractmethod
    async def load(self) -> KeySet:
        """The keys that the document holds now; raises ``StoreUnavailable`` on failure."""


class RefreshedKeys(KeySource):
    """The keys of a document, loaded again when they are old or when one is missing.

    However many callers wait, only one load is under way, and two never begin within ``floor``
    seconds. When its age nears ``max_age``, a set is renewed in the background; once it is older,
    a token has to wait for the load, so that a retired key is refused from then on. If a load
    fails, the last good set stays, and for another ``max_age`` no token waits for further loads.
    """

    def __init__(
        self,
        document: KeyDocument,
        clock: Clock,
        *,
        max_age: float,
        floor: float,
        initial: KeySet | None = None,
    ) -> None:
        """Take ``max_age`` and ``floor`` in seconds; ``initial`` is what the document holds now."""
        self._document = document
        self._clock = clock
        self._max_age = max_age
        self._floor = floor
        self._asked_at = -math.inf
        self._due_at = -math.inf
        self._loading: asyncio.Task[None] | None = None
        if initial is not None:
            self._take(initial, clock.monotonic())
            self._due_at = clock.monotonic() + max_age

    async def keys(self) -> KeySet:
        now = self._clock.monotonic()
        if self.current is None or now >= self._due_at:
            await self._ask()
        elif now >= self.fresh_until:
            self._begin()
        return self._known()

    async def renewed(self) -> KeySet:
        await self._ask()
        return self._known()

    async def close(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            with suppress(asyncio.CancelledError):
                await self._loading

    def _known(self) -> KeySet:
        if self.current is None:
            raise StoreUnavailable(f"no keys yet from {self._document.name}")
        return self.current

    async def _ask(self) -> None:
        loading = self._begin()
        if loading is not None:
            # The time-out of one request must not end the load that others wait for.
            await asyncio.shield(loading)

    def _begin(self) -> asyncio.Task[None] | None:
        now = self._clock.monotonic()
        if self._loading is None and now >= self._asked_at + self._floor:
            self._asked_at = now
            self._loading = asyncio.create_task(self._load(now))
        return self._loading

    async def _load(self, asked_at: float) -> None:
        try:
            self._take(await self._document.load(), asked_at)
        except StoreUnavailable as error:
            kept = "none are known" if self.current is None else "the last good ones stay in use"
            log.warning("keys from %s: %s; %s", self._document.name, error, kept)
        finally:
            # Set it after a failure too, or every token would wait while the issuer is down.
            self._due_at = asked_at + self._max_age
            self._loading = None

    def _take(self, keys: KeySet, asked_at: float) -> None:
        if keys != self.current:
            self.current = keys
            log.info("%d keys from %s", len(keys.keys), self._document.name)
        self.fresh_until = asked_at + self._max_age * EARLY
