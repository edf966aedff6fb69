"""What a keyspace has to be like, and what is said of one that is not."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext
from movieserver.backends.cassandra import CassandraBackend, schema
from movieserver.errors import StoreRefused, StoreUnavailable
from movieserver.models import Rate
from tests.engines.cassandra.keyspaces import execute, url_of
from tests.processes import run

URL = url_of("schema")
KEYSPACE = schema.KEYSPACE % ("datacenter1", 1)
THREE = "{'class': 'SimpleStrategy', 'replication_factor': 3}"

Make = Callable[..., RateStore]


@pytest.fixture
def make(io_loop: IOLoop, tmp_path: Path) -> Iterator[Make]:
    """Makes stores that are closed after the test, on a keyspace that is dropped."""
    made: list[RateStore] = []

    def store(parameters: str = "") -> RateStore:
        context = StoreContext(tmp_path, timeout=20.0)
        made.append(CassandraBackend().rate_store(f"{URL}{parameters}", context))
        return made[-1]

    yield store
    for each in made:
        io_loop.run_sync(each.close)
    io_loop.run_sync(lambda: execute(URL, "DROP KEYSPACE IF EXISTS {ks}"))


@pytest.fixture
def migrated(make: Make, io_loop: IOLoop) -> Make:
    """``make`` for a keyspace that is there."""
    io_loop.run_sync(make().migrate)
    return make


async def refused_until_migrated(make: Make, why: str) -> None:
    """A start is refused with ``why`` and the mend, which helps."""
    with pytest.raises(StoreRefused, match=rf"{why}.*; run 'movieserver migrate'"):
        await make().open()
    await make().migrate()
    await make().open()


@pytest.mark.gen_test
async def test_a_keyspace_is_made_once_and_says_its_version(make: Make) -> None:
    with pytest.raises(StoreRefused, match="no such keyspace; run 'movieserver migrate'"):
        await make().open()
    for _ in range(2):
        [line] = await make().migrate()
        assert line.endswith("the keyspace and its tables are there, version 1")
    await make().open()


@pytest.mark.gen_test
async def test_a_keyspace_that_says_no_version_has_the_first(migrated: Make) -> None:
    await execute(URL, "DROP TABLE {ks}.schema_versions")
    store = migrated()
    await store.open()
    await store.put(Rate("alice", "tt1", 9, 1))


@pytest.mark.gen_test
async def test_an_older_schema_is_refused_until_it_is_migrated(
    migrated: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "VERSION", 2)
    await refused_until_migrated(migrated, "version 1, older than ")


@pytest.mark.gen_test
async def test_a_newer_schema_is_left_alone(migrated: Make) -> None:
    await execute(URL, schema.APPLIED % 7, "DROP TABLE {ks}.relay")
    for attempt in (migrated().open, migrated().migrate):
        with pytest.raises(StoreRefused, match=r"version 7, newer than .* run a newer movieserver"):
            await attempt()
    with pytest.raises(StoreRefused, match="relay does not exist"):
        await execute(URL, "SELECT * FROM {ks}.relay")


@pytest.mark.parametrize(
    "table",
    [
        "rates (user_id text, movie_id text, rate int, version int, PRIMARY KEY (user_id))",
        "relay (name text PRIMARY KEY, bucket int)",
    ],
)
@pytest.mark.gen_test
async def test_tables_that_are_not_ours_are_told_from_those_that_are_absent(
    make: Make, table: str
) -> None:
    await execute(URL, KEYSPACE, f"CREATE TABLE {{ks}}.{table}")
    with pytest.raises(
        StoreRefused, match=r"Undefined column .*cannot bring its tables up to date; name"
    ):
        await make().migrate()


@pytest.mark.gen_test
async def test_a_table_that_is_absent_is_made(migrated: Make) -> None:
    await execute(URL, "DROP TABLE {ks}.relay")
    await refused_until_migrated(migrated, "relay")


@pytest.mark.gen_test(timeout=60)
async def test_a_running_server_notices_that_its_tables_are_gone(migrated: Make) -> None:
    store = migrated()
    await store.open()
    await store.ping()
    for gone in ("TABLE {ks}.rates", "KEYSPACE {ks}"):
        await execute(URL, f"DROP {gone}")
        with pytest.raises(StoreRefused, match=r"no table .* any more; run 'movieserver migrate'"):
            await store.ping()


@pytest.mark.gen_test(timeout=60)
async def test_a_cluster_with_too_few_replicas_is_down(migrated: Make) -> None:
    store = migrated()
    await store.open()
    await execute(URL, f"ALTER KEYSPACE {{ks}} WITH replication = {THREE}")
    with pytest.raises(StoreUnavailable, match="LOCAL_QUORUM"):
        await store.put(Rate("alice", "tt1", 9, 1))
    with pytest.raises(StoreUnavailable, match="LOCAL_QUORUM"):
        await store.ping()


@pytest.mark.gen_test
async def test_no_keyspace_is_made_with_more_copies_than_there_are_nodes(make: Make) -> None:
    with pytest.raises(StoreRefused, match=r"nodes in datacenter1: \d, but .* set it to at most"):
        await make("?replication=9").migrate()
    await make().migrate()
    await make().open()


@pytest.mark.gen_test
async def test_fewer_copies_than_the_url_says_are_refused(migrated: Make) -> None:
    for attempt in (migrated("?replication=3").open, migrated("?replication=3").migrate):
        with pytest.raises(StoreRefused, match="datacenter1: 1, but the URL says 3; ALTER KEYSPAC"):
            await attempt()
    await execute(URL, f"ALTER KEYSPACE {{ks}} WITH replication = {THREE}")
    await migrated("?replication=3&consistency=ONE").open()
    await migrated("?consistency=ONE").open()


@pytest.mark.usefixtures("migrated")
def test_the_command_says_what_is_wrong_in_one_line() -> None:
    ended = run("migrate", "--rates", f"{URL}?replication=3", data=Path("/nowhere"))
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("movieserver: Cassandra 127.0.0.1:9042/schema_")


def test_a_wrong_password_is_one_line() -> None:
    wrong = URL.replace(":cassandra@", ":hush@")
    ended = run("migrate", "--rates", wrong, data=Path("/nowhere"))
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.endswith(": the user or the password is wrong")


@pytest.mark.parametrize(
    ("part", "other", "message"),
    [
        ("?dc=nowhere", "", "the datacentre 'nowhere', only in 'datacenter1'; name one"),
        ("", os.environ["MOVIESERVER_EVENTS"], "is it Cassandra that listens on this port?"),
        (
            "",
            os.environ["MOVIESERVER_ISSUER"],
            "is not Cassandra 4.0 or later; check the hosts and ports",
        ),
    ],
)
def test_a_wrong_datacentre_and_a_port_of_another_server_are_said(
    part: str, other: str, message: str
) -> None:
    url = urlsplit(URL)
    if other:
        url = url._replace(netloc=f"cassandra:cassandra@{urlsplit(other).netloc}")
    ended = run("migrate", "--rates", url.geturl() + part, data=Path("/nowhere"))
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert message in line


@pytest.mark.gen_test
async def test_a_keyspace_whose_name_is_a_word_of_the_language(tmp_path: Path) -> None:
    url = urlsplit(URL)._replace(path="/table").geturl()
    store = CassandraBackend().rate_store(url, StoreContext(tmp_path, timeout=20.0))
    try:
        await store.migrate()
        await store.open()
        await store.put(Rate("alice", "tt1", 9, 1))
        await store.close()
    finally:
        await execute(url, "DROP KEYSPACE IF EXISTS {ks}")
