"""A server that restarts, hangs, or is held up by somebody else's locks."""

import asyncio
import os
import signal

import pytest

from movieserver.backends.postgres.movie_store import PostgresMovieStore
from movieserver.errors import StoreUnavailable
from movieserver.models import Rate
from tests.engines.postgres.server import OWNER, PostgresServer
from tests.engines.postgres.stores import PATIENCE, Make, eventually


@pytest.mark.parametrize("mode", ["fast", "immediate"])
@pytest.mark.gen_test
async def test_a_restart_of_the_server_is_survived(
    server: PostgresServer, store: PostgresMovieStore, mode: str
) -> None:
    revision = await store.revision()
    await asyncio.gather(*(store.top(10) for _ in range(8)))  # fills the pool
    waiting = asyncio.ensure_future(store.wait_changed(revision, PATIENCE))
    await asyncio.wait({waiting}, timeout=0.2)
    server.stop(mode)
    try:
        with pytest.raises(StoreUnavailable):
            await waiting
        with pytest.raises(StoreUnavailable):
            await store.ping()
    finally:
        server.start()
    assert await eventually(store.revision) == revision
    assert await store.apply([Rate("alice", "tt0000001", 9, 1)]) == 1
    assert (await store.wait_changed(revision, PATIENCE)).movies == revision.movies + 1


@pytest.mark.gen_test
async def test_terminated_connections_are_replaced(
    server: PostgresServer, store: PostgresMovieStore
) -> None:
    await asyncio.gather(*(store.top(10) for _ in range(8)))
    server.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{OWNER}'")
    assert len(await eventually(lambda: store.top(10))) == 10


@pytest.mark.gen_test
async def test_a_frozen_server_costs_the_time_limit(
    server: PostgresServer, url: str, make: Make
) -> None:
    store = make(url, timeout=0.3)
    await store.open()
    backends = f"SELECT pid FROM pg_stat_activity WHERE usename = '{OWNER}'"
    frozen = [pid for (pid,) in server.ask(backends)]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailable, match="time limit"):
            await store.ping()
        await store.ping()
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.gen_test
async def test_a_lock_of_somebody_else_costs_at_most_the_time_limit(
    server: PostgresServer, database: str, url: str, store: PostgresMovieStore, make: Make
) -> None:
    hasty = make(url, timeout=1.0)
    await hasty.open()
    blocker = server.connect(database)
    try:
        blocker.cursor().execute("BEGIN; SELECT * FROM revisions FOR UPDATE")
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            await hasty.apply([Rate("alice", "tt0000001", 9, 1)])
    finally:
        blocker.close()
    assert [page async for page in store.scan_states()] == []
    assert await hasty.apply([Rate("alice", "tt0000001", 9, 1)]) == 1


@pytest.mark.gen_test
async def test_a_statement_that_the_administrator_cancels_is_unavailable(
    server: PostgresServer,
    database: str,
    store: PostgresMovieStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    blocker = server.connect(database)
    cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    try:
        blocker.cursor().execute("BEGIN; SELECT * FROM revisions FOR UPDATE")
        applying = asyncio.ensure_future(store.apply([Rate("alice", "tt0000001", 9, 1)]))
        while not server.ask(cancel):
            await asyncio.sleep(0.01)
        with pytest.raises(StoreUnavailable, match="cancelled"):
            await applying
        assert caplog.messages == []
    finally:
        blocker.close()
