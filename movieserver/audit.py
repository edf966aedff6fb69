"""Proves the averages: compares those in the movie store with the rates in the rate store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
    audit proves something only while the relay and a consumer run. Where rates keep coming, some
    are on their way in every comparison: then a film differs only if it did so in all of them.
    """
    deadline = clock.monotonic() + patience
    never_agreed: set[str] | None = None
    while True:
        found = await compare(stores, topic)
        under_way = found.pending or found.lag
        if not (found.differences or under_way):
            return found
        differ = {each.movie_id for each in found.differences}
        never_agreed = differ if never_agreed is None else never_agreed & differ
        if clock.monotonic() >= deadline:
            break
        await clock.sleep(PAUSE)
    if under_way:
        lasting = [each for each in found.differences if each.movie_id in never_agreed]
        found = replace(found, differences=lasting)
    return found


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
