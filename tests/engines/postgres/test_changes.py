"""Changes that are notified, and a standby, which cannot notify."""

import asyncio
from collections.abc import Iterator

import pytest

from movieserver.backends.postgres import movie_store
from movieserver.backends.postgres.movie_store import PostgresMovieStore
from movieserver.errors import StoreUnavailable
from movieserver.models import Rate
from tests.engines.postgres.server import PostgresServer
from tests.engines.postgres.stores import PATIENCE, Make


@pytest.mark.gen_test
async def test_a_change_is_notified(
    url: str, store: PostgresMovieStore, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movie_store, "POLL", PATIENCE)
    other = make(url)
    await other.open()
    revision = await store.revision()
    waiting = [asyncio.ensure_future(store.wait_changed(revision, 60)) for _ in range(3)]
    await asyncio.wait(waiting, timeout=0.2)
    await other.apply([Rate("alice", "tt0000001", 9, 1)])
    async with asyncio.timeout(5):
        for each in waiting:
            assert (await each).movies == revision.movies + 1


@pytest.mark.gen_test
async def test_a_lost_notification_costs_a_poll(
    url: str, server: PostgresServer, database: str, store: PostgresMovieStore, make: Make
) -> None:
    server.ask("ALTER TABLE revisions DISABLE TRIGGER revisions_notify", database)
    other = make(url)
    await other.open()
    revision = await store.revision()
    waiting = asyncio.ensure_future(store.wait_changed(revision, 60))
    await asyncio.wait({waiting}, timeout=0.1)
    await other.apply([Rate("alice", "tt0000001", 9, 1)])
    async with asyncio.timeout(5):
        assert await waiting != revision


@pytest.fixture
def standby(server: PostgresServer, store: PostgresMovieStore) -> Iterator[PostgresServer]:
    """A copy of the server that follows it, the films of ``store`` included."""
    standby = PostgresServer(server)
    yield standby
    standby.wipe()


@pytest.mark.gen_test
async def test_a_change_is_noticed_on_a_standby_which_cannot_notify(
    standby: PostgresServer, store: PostgresMovieStore, make: Make, database: str
) -> None:
    reader = make(standby.url(database))
    await reader.open()
    revision = await store.revision()
    assert await reader.wait_changed(revision, 3 * movie_store.POLL) == revision
    waiting = asyncio.ensure_future(reader.wait_changed(revision, 60))
    await store.apply([Rate("alice", "tt0000001", 9, 1)])
    async with asyncio.timeout(PATIENCE):
        assert (await waiting).movies == revision.movies + 1
    assert [film.id for film in await reader.top(1)] == ["tt0000001"]


@pytest.mark.gen_test
async def test_a_standby_takes_no_writes_for_the_time_being(
    standby: PostgresServer, make: Make, database: str
) -> None:
    reader = make(standby.url(database))
    await reader.open()
    with pytest.raises(StoreUnavailable, match="read-only transaction"):
        await reader.apply([Rate("alice", "tt0000001", 9, 1)])
