"""The view of the ten best: who refreshes it, when, and from which index."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from movieserver.backends.postgres.movie_store import PostgresMovieStore
from movieserver.models import Movie, Rate, Revision
from tests.engines.postgres.server import PostgresServer
from tests.engines.postgres.stores import eventually_true


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
async def test_a_refresh_without_changes_writes_nothing(store: PostgresMovieStore) -> None:
    assert await store.refresh_top10()
    revision = await store.revision()
    assert revision == Revision(0, 1, 1)
    assert not await store.refresh_top10()
    await store.apply([Rate("alice", "tt0000001", None, 1)])
    assert not await store.refresh_top10()
    assert (await store.revision()).top10 == 1
