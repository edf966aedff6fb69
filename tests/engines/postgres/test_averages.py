"""Averages that several processes move at once, or that somebody has damaged."""

import asyncio
import random

import pytest

from movieserver.backends.postgres.movie_store import PostgresMovieStore
from movieserver.models import Average, Rate
from tests.engines.postgres.server import PostgresServer
from tests.engines.postgres.stores import Make


@pytest.mark.gen_test
async def test_overlapping_batches_neither_deadlock_nor_miscount(
    url: str, store: PostgresMovieStore, make: Make
) -> None:
    rng = random.Random(7)
    stores = [store, make(url), make(url)]
    await asyncio.gather(*(each.open() for each in stores[1:]))
    rates = [
        Rate(f"u{rng.randrange(40)}", f"tt{rng.randrange(30):07}", rng.choice([None, 1, 5, 10]), n)
        for n in range(6000)
    ]

    async def consume(store: PostgresMovieStore, seed: int) -> None:
        order = random.Random(seed).sample(rates, len(rates))
        for start in range(0, len(order), 300):
            await store.apply(order[start : start + 300])

    async def mend(store: PostgresMovieStore) -> None:
        for number in range(40):
            some = [state async for page in store.scan_states() for state in page][:200]
            fewer = rng.sample(some, len(some) // 2)
            await store.correct(some, fewer if number % 2 else some)
            assert await store.recount([f"tt{n:07}" for n in range(30)]) == []

    await asyncio.gather(
        *(consume(each, seed) for seed, each in enumerate(stores)), mend(store), mend(stores[1])
    )
    await consume(store, 9)
    truth: dict[tuple[str, str], Rate] = {}
    for rate in rates:
        key = (rate.movie_id, rate.user_id)
        truth[key] = max(truth.get(key, rate), rate, key=lambda each: each.precedence)
    kept = {(s.movie_id, s.user_id): s async for page in store.scan_states() for s in page}
    assert kept == truth
    assert {a.movie_id: a async for page in store.scan_averages() for a in page} == added(truth)


def added(truth: dict[tuple[str, str], Rate]) -> dict[str, Average]:
    """The averages that states add up to."""
    sums: dict[str, Average] = {}
    for state in truth.values():
        if state.rate is not None:
            known = sums.get(state.movie_id, Average(state.movie_id, 0, 0))
            sums[state.movie_id] = Average(
                state.movie_id, known.rate_sum + state.rate, known.rate_count + 1
            )
    return sums


@pytest.mark.gen_test
async def test_damaged_averages_are_recounted(
    server: PostgresServer, database: str, store: PostgresMovieStore
) -> None:
    await store.apply([Rate(f"u{n}", "tt0000001", 7, 1) for n in range(3)])
    await store.apply([Rate("u1", "unlisted", 4, 1)])
    server.ask("UPDATE movies SET rate_7 = 5, rate_1 = 1 WHERE id = 'tt0000001'", database)
    server.ask("DELETE FROM movies WHERE id = 'unlisted'", database)
    ids = await store.average_ids("", 10)
    assert ids == ["tt0000001", "unlisted"]
    wrong = await store.recount(ids)
    assert wrong == [Average("tt0000001", 36, 6), Average("unlisted", 0, 0)]
    assert await store.recount(ids) == []
    averages = [average async for page in store.scan_averages() for average in page]
    assert averages == [Average("tt0000001", 21, 3), Average("unlisted", 4, 1)]


@pytest.mark.gen_test
async def test_counts_that_cancel_each_other_out_are_seen(
    server: PostgresServer, database: str, store: PostgresMovieStore
) -> None:
    server.ask("UPDATE movies SET rate_1 = -1, rate_10 = 1 WHERE id = 'tt0000001'", database)
    averages = [average async for page in store.scan_averages() for average in page]
    assert averages == [Average("tt0000001", 9, 0)]
    assert await store.average_ids("", 10) == ["tt0000001"]
    assert await store.recount(["tt0000001"]) == averages
