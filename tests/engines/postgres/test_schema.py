"""Databases and schemas that are made, and those that are refused."""

import asyncio
from pathlib import Path

import pytest

from movieserver.backends.postgres import schema
from movieserver.errors import StoreRefused
from tests.engines.postgres.server import PostgresServer
from tests.engines.postgres.stores import Make
from tests.processes import free_port, run


@pytest.mark.gen_test
async def test_a_new_database_is_made_and_migrated_once(
    server: PostgresServer, database: str, make: Make
) -> None:
    url = server.url(database)
    done = await asyncio.gather(*(make(url).migrate() for _ in range(4)))
    lines = [line for each in done for line in each]
    assert sum("created the database" in line for line in lines) == 1
    assert sum("applied" in line for line in lines) == len(schema.migrations())
    [line] = await make(url).migrate()
    assert line.endswith(f": the schema is up to date, version {schema.migrations()[-1].version}")
    await make(url).open()
    kinds = server.ask("SELECT relkind FROM pg_class WHERE relname = 'top10_rated_movie'", database)
    assert kinds == [("m",)]


def test_the_command_migrates(server: PostgresServer, database: str, tmp_path: Path) -> None:
    url = server.url(database)
    first, second = (run("migrate", "--movies", url, data=tmp_path) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "applied 0001 movie_store" in first.stdout
    assert "the schema is up to date, version " in second.stdout


def test_the_command_says_what_it_did_before_another_store_failed(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    rates = f"cassandra://127.0.0.1:{free_port()}/absent"
    done = run("migrate", "--movies", server.url(database), "--rates", rates, data=tmp_path)
    assert done.returncode == 1
    assert "applied 0001 movie_store" in done.stdout
    assert "Connection refused" in done.stderr


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
async def test_tables_of_unknown_versions_are_left_alone(
    url: str, server: PostgresServer, database: str, make: Make
) -> None:
    server.ask("DELETE FROM schema_migrations", database)
    with pytest.raises(StoreRefused, match=r"has nominees, movies, .* insert what was applied"):
        await make(url).migrate()
    server.ask("INSERT INTO schema_migrations (version, name) VALUES (1, 'movie_store')", database)
    await make(url).migrate()
    await make(url).open()


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("lost", "name"),
    [
        ("MATERIALIZED VIEW top10_rated_movie", "top10_rated_movie, top10_rated_movie_position"),
        ("INDEX top10_rated_movie_position", "top10_rated_movie_position"),
    ],
)
async def test_a_schema_that_lost_something_is_refused_by_all(
    url: str, server: PostgresServer, database: str, make: Make, lost: str, name: str
) -> None:
    store = make(url)
    await store.open()
    await store.ping()
    server.ask(f"DROP {lost}", database)
    for attempt in (store.ping, make(url).open, make(url).migrate):
        with pytest.raises(StoreRefused, match=rf"its schema lacks {name}; recreate that as"):
            await attempt()


@pytest.mark.gen_test
async def test_a_schema_without_its_row_of_revisions_is_refused_until_it_is_back(
    url: str, server: PostgresServer, database: str, make: Make
) -> None:
    store = make(url)
    await store.open()
    server.ask("TRUNCATE revisions", database)
    running = (store.ping, store.revision, store.refresh_top10)
    for attempt in (*running, make(url).open, make(url).migrate):
        with pytest.raises(StoreRefused, match=r"table revisions is empty; .* INSERT INTO revis"):
            await attempt()
    server.ask("INSERT INTO revisions (id) VALUES (1)", database)
    await store.ping()
    await make(url).open()


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
@pytest.mark.gen_test
async def test_a_database_that_cannot_hold_every_name_is_refused(
    server: PostgresServer, database: str, make: Make, encoding: str
) -> None:
    other = f"{database}_{encoding.lower()}"
    server.ask(f"CREATE DATABASE {other} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    try:
        for attempt in (make(server.url(other)).migrate, make(server.url(other)).open):
            with pytest.raises(StoreRefused, match="ENCODING 'UTF8' TEMPLATE template0"):
                await attempt()
    finally:
        server.ask(f"DROP DATABASE {other} WITH (FORCE)")
