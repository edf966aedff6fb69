"""``memory://NAME``: a rate store in a dictionary, for demonstrations and tests.

Rates live as long as the process; stores with the same name share them.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field

from movieserver.backends import Backend, RateStore, StoreContext
from movieserver.backends.rate_store import RateKey
from movieserver.clock import Clock
from movieserver.errors import ConfigurationError, StoreUnavailable
from movieserver.models import Rate

SCHEME = "memory://"
BATCH = 1000
"""States in each list of a scan."""


@dataclass
class Content:
    """What the stores with one name hold."""

    states: dict[RateKey, Rate] = field(default_factory=dict)
    pending: dict[RateKey, float] = field(default_factory=dict)
    """When each pending state was put, in the clock's monotonic seconds, oldest first."""

    def put(self, rate: Rate, now: float) -> None:
        """Keep ``rate``, and mark it pending, if it takes precedence over the state kept so far."""
        key = key_of(rate)
        kept = self.states.get(key)
        if kept is None or rate.precedence > kept.precedence:
            self.states[key] = rate
            self.pending.pop(key, None)
            self.pending[key] = now

    def rates_of(self, user_id: str) -> list[Rate]:
        """A user's rates without removals, in no particular order."""
        return [
            rate
            for rate in self.states.values()
            if rate.user_id == user_id and rate.rate is not None
        ]


class MemoryRateStore(RateStore):
    """A rate store in memory: it does just what the interface asks."""

    def __init__(self, content: Content, clock: Clock) -> None:
        self._content = content
        self._clock = clock
        self._open = False

    async def open(self) -> None:
        self._open = True

    async def close(self) -> None:
        self._open = False

    async def ping(self) -> None:
        self._opened()

    async def put(self, rate: Rate) -> bool:
        await self.put_many([rate])
        return await self.get(rate.user_id, rate.movie_id) == rate

    async def put_many(self, rates: Sequence[Rate]) -> None:
        content = self._opened()
        for rate in rates:
            content.put(rate, self._clock.monotonic())

    async def get(self, user_id: str, movie_id: str) -> Rate | None:
        return self._opened().states.get((user_id, movie_id))

    async def get_many(self, keys: Collection[RateKey]) -> dict[RateKey, Rate]:
        states = self._opened().states
        return {key: states[key] for key in keys if key in states}

    async def user_rates(
        self, user_id: str, limit: int, before: tuple[int, str] | None = None
    ) -> list[Rate]:
        rates = self._opened().rates_of(user_id)
        rates = [rate for rate in rates if before is None or place(rate) < before]
        return sorted(rates, key=place, reverse=True)[:limit]

    async def erase(self, user_id: str, version: int) -> list[Rate]:
        rates = [rate for rate in self._opened().rates_of(user_id) if rate.version <= version]
        removals = [Rate(user_id, rate.movie_id, None, version) for rate in rates]
        await self.put_many(removals)
        return removals

    async def pending(self, limit: int, grace: float = 0.0) -> list[Rate]:
        content, latest = self._opened(), self._clock.monotonic() - grace
        due = [key for key, put_at in content.pending.items() if put_at <= latest]
        return [content.states[key] for key in due[:limit]]

    async def mark_announced(self, rates: Sequence[Rate]) -> None:
        content = self._opened()
        for rate in rates:
            if content.states.get(key_of(rate)) == rate:
                content.pending.pop(key_of(rate), None)

    async def pending_count(self) -> int:
        return len(self._opened().pending)

    async def scan(self) -> AsyncIterator[list[Rate]]:
        states = self._opened().states
        keys = list(states)
        for start in range(0, len(keys), BATCH):
            yield [states[key] for key in keys[start : start + BATCH]]

    def _opened(self) -> Content:
        if not self._open:
            raise StoreUnavailable("the store is not open")
        return self._content


class MemoryBackend(Backend):
    """Makes stores, and keeps what they hold."""

    name = "memory"

    def __init__(self) -> None:
        self._contents: dict[str, Content] = {}

    def rate_store(self, url: str, context: StoreContext) -> RateStore:
        name = url.removeprefix(SCHEME)
        if name == url or not name.isidentifier():
            raise ConfigurationError(f"found {url!r}; allowed: memory://NAME")
        return MemoryRateStore(self._contents.setdefault(name, Content()), context.clock)


def key_of(rate: Rate) -> RateKey:
    """The key under which a state is kept."""
    return rate.user_id, rate.movie_id


def place(rate: Rate) -> tuple[int, str]:
    """The sort key of a rate in its user's list."""
    return rate.version, rate.movie_id


backend = MemoryBackend()
