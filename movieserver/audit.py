"""Proves the averages: compares those in the movie store with the rates in the rate store."""

from collections.abc import Mapping
from dataclasses import dataclass

from movieserver.backends import MovieStore, RateStore
from movieserver.clock import Clock
from movieserver.models import Average
from movieserver.services import Stores
from movieserver.topic import TopicSettings

PAUSE = 0.5
"""Seconds between two comparisons while averages differ or events are under way."""


@dataclass(frozen=True)
class Difference:
    """An average that does not match the rates."""

    movie_id: str
    expected: Average
    found: Average


@dataclass(frozen=True)
class Audit:
    """What an audit found."""

    movies: int
    """Films with at least one rate."""
    rates: int
    """Rates that were added up."""
    differences: list[Difference]
    pending: int
    """Rates stored but not yet announced."""
    lag: int
    """Events announced but not yet applied."""


async def audit(stores: Stores, topic: TopicSettings, clock: Clock, patience: float) -> Audit:
    """Compare all averages, again and again until all agree or ``patience`` seconds have passed.

    Rates still on their way through the log show as differences, and are waited for too. So an
    audit proves something only while the relay and a consumer run.
    """
    deadline = clock.monotonic() + patience
    while True:
        found = await compare(stores, topic)
        settled = not (found.differences or found.pending or found.lag)
        if settled or clock.monotonic() >= deadline:
            return found
        await clock.sleep(PAUSE)


async def compare(stores: Stores, topic: TopicSettings) -> Audit:
    """Compare all averages once; what is under way is counted before the comparison."""
    pending = await stores.rates.pending_count()
    lag = await stores.events.lag(topic.topic, topic.group)
    expected = await add_up(stores.rates)
    found = await averages(stores.movies)
    differences = [
        Difference(movie_id, wanted, held)
        for movie_id in sorted(expected.keys() | found.keys())
        if (wanted := expected.get(movie_id, Average(movie_id, 0, 0)))
        != (held := found.get(movie_id, Average(movie_id, 0, 0)))
    ]
    count = sum(average.rate_count for average in expected.values())
    return Audit(len(expected), count, differences, pending, lag)


async def add_up(rates: RateStore) -> Mapping[str, Average]:
    """Every film's average, from the rate store; memory grows with films, not with rates."""
    sums: dict[str, list[int]] = {}
    async for batch in rates.scan():
        for rate in batch:
            if rate.rate is not None:
                total = sums.setdefault(rate.movie_id, [0, 0])
                total[0] += rate.rate
                total[1] += 1
    return {movie_id: Average(movie_id, *total) for movie_id, total in sums.items()}


async def averages(movies: MovieStore) -> Mapping[str, Average]:
    """Every film's average, from the movie store."""
    return {item.movie_id: item async for batch in movies.scan_averages() for item in batch}
