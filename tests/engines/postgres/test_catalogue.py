"""Films that are put while others seed, maintain the table, or use another encoding."""

import asyncio

import pytest

from movieserver.backends.postgres import ranking
from movieserver.backends.postgres.movie_store import CHUNK, PostgresMovieStore
from movieserver.models import Movie, Rate
from tests.engines.postgres.conftest import FILMS
from tests.engines.postgres.server import PostgresServer
from tests.engines.postgres.stores import PATIENCE, Make

BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


async def blocked(server: PostgresServer, count: int) -> None:
    """Wait until so many sessions wait for a lock."""
    async with asyncio.timeout(PATIENCE):
        while server.ask(BLOCKED) != [(count,)]:
            await asyncio.sleep(0.01)


@pytest.mark.gen_test
async def test_a_seed_overwrites_nothing_that_is_being_imported(
    server: PostgresServer, database: str, url: str, make: Make
) -> None:
    importing, seeding = make(url), make(url)
    for store in (importing, seeding):
        await store.open()
    blocker = server.connect(database)
    try:
        blocker.cursor().execute("BEGIN; SELECT * FROM revisions FOR UPDATE")
        put = asyncio.ensure_future(importing.put_movies([Movie(f.id, "Mine") for f in FILMS]))
        await blocked(server, 1)
        seed = asyncio.ensure_future(seeding.seed([], FILMS))
        await blocked(server, 2)
    finally:
        blocker.close()
    await asyncio.gather(put, seed)
    titles = {film.title async for page in importing.scan_movies() for film in page}
    assert titles == {"Mine"}


@pytest.mark.gen_test
async def test_a_seed_waits_for_who_refreshes_the_view(
    server: PostgresServer, database: str, url: str, make: Make
) -> None:
    store = make(url)
    await store.open()
    refreshing = server.connect(database)
    try:
        refreshing.cursor().execute(f"BEGIN; {ranking.WAIT}")
        seed = asyncio.ensure_future(store.seed([], FILMS))
        await blocked(server, 1)
    finally:
        refreshing.close()
    assert await seed
    assert len(await store.top10()) == 10


@pytest.mark.gen_test
async def test_a_vacuum_is_not_waited_for(
    server: PostgresServer, database: str, url: str, make: Make
) -> None:
    store = make(url, timeout=2.0)
    await store.open()
    blocker = server.connect(database)
    try:
        blocker.cursor().execute("BEGIN; LOCK TABLE movies IN SHARE UPDATE EXCLUSIVE MODE")
        await store.put_movies([Movie(f"tt{number}", "Film") for number in range(CHUNK)])
    finally:
        blocker.close()


@pytest.mark.gen_test
async def test_names_have_every_character_whatever_the_url_asks_for(url: str, make: Make) -> None:
    store: PostgresMovieStore = make(f"{url}?client_encoding=LATIN1")
    await store.open()
    rates = [Rate("李", "tt0000001", 9, 1)]
    assert await store.apply(rates) == 1
    assert [rate async for page in store.scan_states() for rate in page] == rates
