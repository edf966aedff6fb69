"""What only a real PostgreSQL shows: its failures, its versions, its locks and its plans."""

import asyncio
import json
import os
import random
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import StoreContext
from movieserver.backends.postgres import backend, movie_store, schema
from movieserver.backends.postgres.movie_store import PostgresMovieStore
from movieserver.errors import ConfigurationError, StoreRefused, StoreUnavailable
from movieserver.models import Average, Movie, Rate, Revision
from tests.engines.postgres_server import GUARDED, OWNER, PASSWORD, PostgresServer
from tests.processes import run

FILMS = [Movie(f"tt{n:07}", f"Film {n}", 1900 + n % 120, n * 1000) for n in range(1, 101)]
PATIENCE = 20.0

Make = Callable[..., PostgresMovieStore]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server for these tests."""
    server = PostgresServer()
    yield server
    server.wipe()


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    """The name of a database that is not there yet."""
    yield "movieratedb"
    server.ask("DROP DATABASE IF EXISTS movieratedb WITH (FORCE)")


@pytest.fixture
def make(io_loop: IOLoop, tmp_path: Path) -> Iterator[Make]:
    """Makes stores that are closed after the test."""
    made: list[PostgresMovieStore] = []

    def store(url: str, timeout: float = 5.0) -> PostgresMovieStore:
        found = backend.movie_store(url, StoreContext(tmp_path, timeout=timeout))
        assert isinstance(found, PostgresMovieStore)
        made.append(found)
        return found

    yield store
    for each in made:
        io_loop.run_sync(each.close)


@pytest.fixture
def url(io_loop: IOLoop, server: PostgresServer, database: str, make: Make) -> str:
    """A database with a schema."""
    url = server.url(database)
    io_loop.run_sync(make(url).migrate)
    return url


@pytest.fixture
def store(io_loop: IOLoop, url: str, make: Make) -> PostgresMovieStore:
    """An open store with some films."""
    store = make(url)

    async def opened() -> None:
        await store.open()
        await store.put_movies(FILMS)

    io_loop.run_sync(opened)
    return store


async def eventually(attempt: Callable[[], Awaitable[Any]]) -> Any:
    """What ``attempt`` returns once the store is no longer unavailable."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await attempt()
            except StoreUnavailable:
                await asyncio.sleep(0.02)


@pytest.mark.gen_test
async def test_a_new_database_is_made_and_migrated_once(
    server: PostgresServer, database: str, make: Make
) -> None:
    url = server.url(database)
    done = await asyncio.gather(*(make(url).migrate() for _ in range(4)))
    lines = [line for each in done for line in each]
    assert sum("made the database" in line for line in lines) == 1
    assert sum("applied" in line for line in lines) == len(schema.migrations())
    assert await make(url).migrate() == []
    await make(url).open()
    kinds = server.ask("SELECT relkind FROM pg_class WHERE relname = 'top10_rated_movie'", database)
    assert kinds == [("m",)]


def test_the_command_migrates(server: PostgresServer, database: str, tmp_path: Path) -> None:
    url = server.url(database)
    first, second = (run("migrate", "--movies", url, data=tmp_path) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "applied 0001 movie_store" in first.stdout
    assert second.stdout == "nothing to do\n"


@pytest.mark.gen_test
async def test_a_database_that_is_not_there_is_refused(
    server: PostgresServer, database: str, make: Make
) -> None:
    with pytest.raises(StoreRefused, match=r"does not exist.*movieserver migrate"):
        await make(server.url(database)).open()


@pytest.mark.gen_test
async def test_a_database_without_a_schema_is_refused(server: PostgresServer, make: Make) -> None:
    with pytest.raises(StoreRefused, match=r"no schema yet; run 'movieserver migrate'"):
        await make(server.url("postgres")).open()


@pytest.mark.gen_test
async def test_an_older_schema_is_refused(
    url: str, server: PostgresServer, database: str, make: Make
) -> None:
    server.ask("UPDATE schema_migrations SET version = -1 WHERE version = 1", database)
    with pytest.raises(StoreRefused, match=r"version -1, older than .*; run 'movieserver migrate'"):
        await make(url).open()


@pytest.mark.gen_test
async def test_a_newer_schema_is_refused(
    url: str, server: PostgresServer, database: str, make: Make
) -> None:
    server.ask("INSERT INTO schema_migrations (version, name) VALUES (999, 'later')", database)
    for attempt in (make(url).open, make(url).migrate):
        with pytest.raises(StoreRefused, match=r"version 999, newer than"):
            await attempt()


@pytest.mark.gen_test
async def test_a_wrong_password_is_refused_and_not_told(
    server: PostgresServer, database: str, make: Make
) -> None:
    url = f"postgresql://{GUARDED}:wr0ng-one@127.0.0.1:{server.port}/{database}"
    with pytest.raises(StoreRefused, match="check the user and the password") as refused:
        await make(url).open()
    assert "wr0ng-one" not in f"{refused.value} {refused.value.__cause__!r}"


@pytest.mark.gen_test
async def test_users_that_the_server_does_not_let_in_are_refused(
    server: PostgresServer, make: Make
) -> None:
    with pytest.raises(StoreRefused, match="check the user in the URL"):
        await make(server.url("postgres", user="stranger")).open()
    with pytest.raises(StoreRefused, match=r"pg_hba\.conf"):
        await make(server.url("postgres", user="nobody")).open()
    with pytest.raises(StoreRefused, match="check the parameters of the URL"):
        await make(server.url("postgres") + "?sslmode=require").open()


@pytest.mark.parametrize("source", ["url", "environment", "file"])
@pytest.mark.gen_test
async def test_the_password_comes_from_where_libpq_has_it(
    server: PostgresServer,
    database: str,
    make: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    user = f"{GUARDED}:{quote(PASSWORD, safe='')}" if source == "url" else GUARDED
    if source == "environment":
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
    if source == "file":
        file = tmp_path / "pgpass"
        file.write_text(f"127.0.0.1:*:*:{GUARDED}:{PASSWORD.replace(':', chr(92) + ':')}\n")
        file.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(file))
    store = make(server.url(database, user=user))
    await store.migrate()
    await store.open()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:p%zz-secret@h/db", "cannot be read"),
        ("postgresql://u:secret@h/db?colour=red", "colour"),
        ("postgresql://u:secret@/db?host=a,b&port=1,2,3", "2 hosts and 3 ports"),
    ],
)
def test_an_unreadable_url_is_told_without_its_password(make: Make, url: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        make(url)
    assert "secret" not in str(refused.value)


@pytest.mark.gen_test
async def test_nobody_there_is_unavailable(make: Make) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(StoreUnavailable, match="refused"):
            await make(f"postgresql://{OWNER}@127.0.0.1:{port}/db").open()
        silent.listen()
        with pytest.raises(StoreUnavailable, match="time limit"):
            await make(f"postgresql://{OWNER}@127.0.0.1:{port}/db", timeout=0.2).open()
    with pytest.raises(StoreUnavailable, match=r"not known|failure in name resolution"):
        await make("postgresql://u@host.invalid/db").open()


@pytest.mark.gen_test
async def test_the_next_host_is_tried(
    url: str, server: PostgresServer, database: str, make: Make
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        hosts = f"127.0.0.1:{silent.getsockname()[1]},localhost:{server.port}"
        await make(f"postgresql://{OWNER}@{hosts}/{database}").open()


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
    server: PostgresServer, database: str, store: PostgresMovieStore
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
    finally:
        blocker.close()


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


@pytest.mark.gen_test
async def test_one_instance_refreshes_at_a_time(
    server: PostgresServer, database: str, store: PostgresMovieStore
) -> None:
    other = server.connect(database)
    lock = "SELECT pg_advisory_lock('top10_rated_movie'::regclass::oid::bigint)"
    try:
        other.cursor().execute(lock)
        assert not await store.refresh_top10()
        assert await store.top10() == []
    finally:
        other.close()
    assert await eventually_true(store.refresh_top10)
    assert len(await store.top10()) == 10


async def eventually_true(attempt: Callable[[], Awaitable[bool]]) -> bool:
    """True once ``attempt`` says so: a lock ends shortly after its session."""
    async with asyncio.timeout(PATIENCE):
        while not await attempt():
            await asyncio.sleep(0.02)
    return True


@pytest.mark.gen_test
async def test_the_first_ten_are_read_from_the_index(
    server: PostgresServer, database: str, store: PostgresMovieStore
) -> None:
    many = [Movie(f"nm{n:07}", f"Film {n}", None, n) for n in range(20_000)]
    await store.put_movies(many)
    rng = random.Random(1)
    rates = [Rate(f"u{n}", f"nm{rng.randrange(20_000):07}", 1 + n % 10, 1) for n in range(10_000)]
    await store.apply(rates)
    explain = "EXPLAIN (ANALYZE, FORMAT JSON) TABLE top10_current_movie"
    nodes = list(plan_nodes(server.ask(explain, database)[0][0][0]["Plan"]))
    scans = [node for node in nodes if "Scan" in node["Node Type"] and "Relation Name" in node]
    assert [node.get("Index Name") for node in scans] == ["movies_ranking"]
    assert scans[0]["Actual Rows"] == 10
    assert not any(node["Node Type"] == "Sort" for node in nodes), json.dumps(nodes)


def plan_nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan."""
    yield node
    for each in node.get("Plans", []):
        yield from plan_nodes(each)


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
async def test_a_refresh_without_changes_writes_nothing(store: PostgresMovieStore) -> None:
    assert await store.refresh_top10()
    revision = await store.revision()
    assert revision == Revision(0, 1, 1)
    assert not await store.refresh_top10()
    await store.apply([Rate("alice", "tt0000001", None, 1)])
    assert not await store.refresh_top10()
    assert (await store.revision()).top10 == 1
