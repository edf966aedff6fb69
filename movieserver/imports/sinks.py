"""Where rows go: nominees and movies to the movie store, rates to the rate store and the topic."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from movieserver import catalogue, events
from movieserver.imports.batches import Sink
from movieserver.imports.report import Report
from movieserver.models import Nominee, Rate, prevailing
from movieserver.services import Stores

T = TypeVar("T")


def films(put: Callable[[Sequence[T]], Awaitable[None]], report: Report, dry_run: bool) -> Sink[T]:
    """A sink that puts nominees or movies with ``put``, a method of the movie store."""

    async def counted(batch: Sequence[T]) -> Sequence[T]:
        if not dry_run:
            await put(batch)
        report.taken += len(batch)
        return batch

    return Sink(counted)


def rates(stores: Stores, topic: str, report: Report, dry_run: bool) -> Sink[Rate]:
    """A sink that puts and announces rates, so that averages follow without a relay's sweep.

    Only newer rates are announced. The event of an older one would not harm the averages, but a
    compacted topic would keep it instead of the event of the rate that holds.
    """

    async def put(batch: Sequence[Rate]) -> Sequence[Rate]:
        best = prevailing(batch)
        held = await stores.rates.get_many(best)
        fresh = [*best.values()]
        if held:
            fresh = [rate for key, rate in best.items() if newer(rate, held.get(key))]
        if fresh and not dry_run:
            await stores.rates.put_many(fresh)
        same = sum(best[key] == rate for key, rate in held.items())
        report.taken += len(fresh)
        report.unchanged += same
        report.older += len(batch) - len(fresh) - same
        return fresh

    async def announce(fresh: Sequence[Rate]) -> None:
        await stores.events.publish(topic, [events.encode(rate) for rate in fresh])
        await stores.rates.mark_announced(fresh)

    return Sink(put, None if dry_run else announce)


def newer(rate: Rate, other: Rate | None) -> bool:
    """Whether ``rate`` prevails over ``other``."""
    return other is None or other.precedence < rate.precedence


async def known_nominees(stores: Stores) -> list[Nominee]:
    """The store's nominees, and the shipped ones that it lacks."""
    nominees = {nominee.id: nominee for nominee in catalogue.shipped_nominees()}
    nominees.update((nominee.id, nominee) for nominee in await stores.movies.nominees())
    return list(nominees.values())
