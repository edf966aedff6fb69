"""``memory://NAME``: a rate store in a dictionary, for demonstrations and tests.

Rates live as long as the process; stores of one name share them.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field

from movieserver.backends import Backend, RateStore, StoreContext
from movieserver.backends.rate_store import RateKey
from movieserver.clock import Clock
from movieserver.errors import ConfigurationError
from movieserver.models import Rate

SCHEME = "memory://"
BATCH = 1000
"""States in one list of a scan."""


@dataclass
class Content:
    """What the stores of one name hold."""

    states: dict[RateKey, Rate] = field(default_factory=dict)
    pending: dict[RateKey, float] = field(default_factory=dict)
    """When each pending state was put, by the clock's monotonic seconds."""


class MemoryRateStore(RateStore):
    """The interface of a rate store, word by word."""

    def __init__(self, content: Content, clock: Clock) -> None:
        self._states = content.states
        self._pending = content.pending
        self._clock = clock

    async def open(self) -> None:
        """There is nothing to connect to."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def ping(self) -> None:
        """It is always there."""

    async def put(self, rate: Rate) -> None:
        self._put(rate)

    async def put_many(self, rates: Sequence[Rate]) -> None:
        for rate in rates:
            self._put(rate)

    async def get(self, user_id: str, movie_id: str) -> Rate | None:
        return self._states.get((user_id, movie_id))

    async def get_many(self, keys: Collection[RateKey]) -> dict[RateKey, Rate]:
        return {key: self._states[key] for key in keys if key in self._states}

    async def user_rates(
        self, user_id: str, limit: int, before: tuple[int, str] | None = None
    ) -> list[Rate]:
        rates = [
            rate
            for rate in self._states.values()
            if rate.user_id == user_id
            and rate.rate is not None
            and (before is None or place(rate) < before)
        ]
        return sorted(rates, key=place, reverse=True)[:limit]

    async def erase(self, user_id: str, version: int) -> list[Rate]:
        removals = [
            Rate(user_id, rate.movie_id, None, version)
            for rate in self._states.values()
            if rate.user_id == user_id and rate.rate is not None and rate.version <= version
        ]
        await self.put_many(removals)
        return removals

    async def pending(self, limit: int, grace: float = 0.0) -> list[Rate]:
        latest = self._clock.monotonic() - grace
        due = [key for key, put_at in self._pending.items() if put_at <= latest]
        return [self._states[key] for key in due[:limit]]

    async def announced(self, rates: Sequence[Rate]) -> None:
        for rate in rates:
            if self._states.get(key_of(rate)) == rate:
                self._pending.pop(key_of(rate), None)

    async def pending_count(self) -> int:
        return len(self._pending)

    async def scan(self) -> AsyncIterator[list[Rate]]:
        keys = list(self._states)
        for start in range(0, len(keys), BATCH):
            yield [self._states[key] for key in keys[start : start + BATCH]]

    def _put(self, rate: Rate) -> None:
        key = key_of(rate)
        kept = self._states.get(key)
        if kept is None or rate.precedence > kept.precedence:
            self._states[key] = rate
            self._pending[key] = self._clock.monotonic()


class MemoryBackend(Backend):
    """Makes the stores, and keeps what they hold."""

    name = "memory"

    def __init__(self) -> None:
        self._contents: dict[str, Content] = {}

    def rate_store(self, url: str, context: StoreContext) -> RateStore:
        name = url.removeprefix(SCHEME)
        if name == url or not name.isidentifier():
            raise ConfigurationError(f"found {url!r}; allowed: memory://NAME")
        return MemoryRateStore(self._contents.setdefault(name, Content()), context.clock)


def key_of(rate: Rate) -> RateKey:
    """What a state is kept under."""
    return rate.user_id, rate.movie_id


def place(rate: Rate) -> tuple[int, str]:
    """Where a rate stands in its user's list."""
    return rate.version, rate.movie_id


backend = MemoryBackend()
