"""What becomes of the rows: nominees and movies into the movie store, rates and their events."""

from collections.abc import Sequence

from movieserver import catalogue, events
from movieserver.imports.batches import Loading
from movieserver.imports.report import Report
from movieserver.models import Movie, Nominee, Rate, prevailing
from movieserver.services import Stores


def nominees(stores: Stores, report: Report, dry_run: bool) -> Loading[Nominee]:
    """Puts nominees."""

    async def put(batch: Sequence[Nominee]) -> Sequence[Nominee]:
        if not dry_run:
            await stores.movies.put_nominees(batch)
        report.taken += len(batch)
        return batch

    return Loading(put)


def movies(stores: Stores, report: Report, dry_run: bool) -> Loading[Movie]:
    """Puts films of the catalogue."""

    async def put(batch: Sequence[Movie]) -> Sequence[Movie]:
        if not dry_run:
            await stores.movies.put_movies(batch)
        report.taken += len(batch)
        return batch

    return Loading(put)


def rates(stores: Stores, topic: str, report: Report, dry_run: bool) -> Loading[Rate]:
    """Puts rates, and announces them, so that averages follow without a relay's sweep.

    An event of a state that does not hold would be harmless to the averages, but a compacted
    topic would keep it in the place of the one that does: only what is newer is announced.
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
        await stores.rates.announced(fresh)

    return Loading(put, None if dry_run else announce)


def newer(rate: Rate, other: Rate | None) -> bool:
    """Whether ``rate`` holds where ``other`` is there."""
    return other is None or other.precedence < rate.precedence


async def known_nominees(stores: Stores) -> list[Nominee]:
    """The nominees that the store has, and those that ship."""
    nominees = {nominee.id: nominee for nominee in catalogue.shipped_nominees()}
    nominees.update((nominee.id, nominee) for nominee in await stores.movies.nominees())
    return list(nominees.values())
