"""Events from Kafka to PostgreSQL, compared with an UPDATE per message; refreshes of the view."""

import asyncio
import time
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import median

import psycopg2

from benchmarks.effort import Effort
from benchmarks.events import CHUNK, consumption, default_row, random_rates
from benchmarks.growth import REPEATS, grown_movies, milliseconds
from benchmarks.machine import on_server_core
from benchmarks.on_engines.places import Places, made_places
from benchmarks.report import Result, Table, Target, ratio
from benchmarks.rounds import Bench
from movieserver.backends import MovieStore
from movieserver.catalogue import shipped_movies
from movieserver.models import Rate
from movieserver.services import Stores
from movieserver.topic import TopicSettings

SINGLE = "one UPDATE a message, psycopg2"
COUNT = """
    UPDATE bench_averages SET rate_sum = rate_sum + %s, rate_count = rate_count + 1 WHERE id = %s
"""
TABLE = """
    CREATE TABLE bench_averages (
        id text PRIMARY KEY,
        rate_sum bigint NOT NULL DEFAULT 0,
        rate_count bigint NOT NULL DEFAULT 0
    )
"""
SINGLE_SECONDS = 10.0
GROUP = 50_000
"""Movies that are put together."""


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("kafka")
    with made_places(folder) as places:
        before = on_server_core(update_singly, places.movies, bench.effort)
        table = dict(on_server_core(consume, folder, places, bench.effort))
        after = on_server_core(update_singly, places.movies, bench.effort)
        table[SINGLE] = {
            "first tenth/s": [before],
            "last tenth/s": [after],
            "all/s": [(before + after) / 2],
        }
        view = on_server_core(view_costs, folder, places, bench.effort)
    title = f"Kafka to PostgreSQL, {bench.effort.events:,} events"
    tables = {"consumer": table, "refresh of the view after one rate": view}
    return Result(title, tables, targets(table, view))


def targets(table: Table, view: Table) -> list[Target]:
    """The targets."""
    default, small, large = table[default_row()], *view.values()
    name, column = "events applied/s at the default batch", "ms"
    return [
        Target(name, median(default["all/s"]), at_least=20_000),
        Target(f"{name} / {SINGLE}", ratio(default["all/s"], table[SINGLE]["all/s"]), at_least=20),
        Target(
            "the same, last tenth / first tenth",
            ratio(default["last tenth/s"], default["first tenth/s"]),
            at_least=0.9,
        ),
        Target("refresh, grown / shipped", ratio(large[column], small[column]), at_most=2),
    ]


def consume(folder: Path, places: Places, effort: Effort) -> Table:
    """The figures of movieserver's own consumer."""
    stores = places.stores(folder)
    settings = TopicSettings(places.topic, places.topic)
    both = Stores({"movies": stores.movies, "events": stores.events})
    return asyncio.run(consumption(both, settings, effort))


def update_singly(url: str, effort: Effort) -> float:
    """Messages per second, if each is its own transaction and adds to one film's sum."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("DROP TABLE IF EXISTS bench_averages")
        cursor.execute(TABLE)
        for movie in shipped_movies():
            cursor.execute("INSERT INTO bench_averages (id) VALUES (%s)", [movie.id])
        messages, started = 0, time.perf_counter()
        until = started + min(SINGLE_SECONDS, effort.seconds * effort.rounds)
        for rate in islice(random_rates(), CHUNK):
            cursor.execute(COUNT, (rate.rate, rate.movie_id))
            messages += 1
            if time.perf_counter() > until:
                break
        return messages / (time.perf_counter() - started)


def view_costs(folder: Path, places: Places, effort: Effort) -> Table:
    """Refreshes after a rate that changes the top ten, with the shipped and a grown catalogue."""
    return asyncio.run(_view_costs(folder, places, effort))


async def _view_costs(folder: Path, places: Places, effort: Effort) -> Table:
    store = places.stores(folder).movies
    await store.open()
    try:
        await store.refresh_top10()
        shipped = await refreshes(store, "before", effort)
        movies = grown_movies(effort.growth)
        for first in range(0, len(movies), GROUP):
            await store.put_movies(movies[first : first + GROUP])
        await store.refresh_top10()
        grown = await refreshes(store, "after", effort)
    finally:
        await store.close()
    return {
        f"{len(shipped_movies()):,} movies": {"ms": shipped},
        f"{len(movies):,} movies": {"ms": grown},
    }


async def refreshes(store: MovieStore, users: str, effort: Effort) -> list[float]:
    """Milliseconds that each refresh takes, after a new user's rate for the first film."""
    times = []
    for number in range(effort.rounds * REPEATS):
        [first, *_] = await store.top10()
        await store.apply([Rate(f"{users}{number}", first.id, 10, time.time_ns() // 1000)])
        times.append(await milliseconds(store.refresh_top10))
    return times
