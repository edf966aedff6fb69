"""Rates: durable POSTs, compared with a front without store, stores without front, and FastAPI."""

import asyncio
import random
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from itertools import repeat
from pathlib import Path

from benchmarks.load import CONNECTIONS, Load, post, run_load, write_requests
from benchmarks.machine import on_server_core
from benchmarks.process import ROOT, ServerProcess, movieserver
from benchmarks.report import Result, Target, ratio
from benchmarks.rounds import Bench, Measure, interleaved
from movieserver.backends import StoreContext
from movieserver.backends.sqlite import backend
from movieserver.backends.sqlite.rate_store import KEY, PUT, SqliteRateStore
from movieserver.backends.sqlite.rows import execute_rows
from movieserver.catalogue import shipped_movies
from movieserver.clock import SystemClock
from movieserver.models import Rate
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import NAME as SECRET
from movieserver.tokens.secret import make_secret

OURS = "movieserver --profile rating, its relay on"
FRONT = "the same front, fixed bytes"
FASTAPI = "FastAPI, PyJWT, a transaction a request"
STORE = "SqliteRateStore.put, 64 tasks, no HTTP"
SQLITE = "sqlite3, 64 rows a transaction, no HTTP"
USERS, REQUESTS = 1_000, 20_000
DATABASE = "movieserver.db"
DURABLE = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
PATIENCE = 60.0
"""Seconds within which the relay must announce what a load left pending."""
READY = "/health/live"


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("rates")
    data = folder / "data"
    file = write_requests(folder / "posts", posts(data))
    left: list[float] = []
    with ExitStack() as stack:
        ours = stack.enter_context(movieserver("rating", data, READY))
        front = stack.enter_context(movieserver(ROOT / "benchmarks/fixed.yaml", data, READY))
        fastapi = stack.enter_context(fastapi_rates(folder, data))
        subjects: dict[str, Measure] = {
            OURS: partial(load_and_drain, bench, ours, file, data / DATABASE, left),
            FRONT: partial(run_load, bench.generator, front.port, file),
            FASTAPI: partial(run_load, bench.generator, fastapi.port, file),
            STORE: lambda seconds: on_server_core(put_rates, folder / "store", seconds),
            SQLITE: lambda seconds: on_server_core(put_groups, folder / "groups.db", seconds),
        }
        table = interleaved(
            bench.effort, {name: {"rates": measure} for name, measure in subjects.items()}
        )
    table[OURS]["announced s later"] = left[-bench.effort.rounds :]
    return Result("Rates, acknowledged and durable", {"server": table}, targets(table))


def posts(data: Path) -> list[bytes]:
    """Requests with rates of many users, whose tokens are signed with the data folder's secret."""
    clock, choice = SystemClock(), random.Random(1)
    secret = make_secret(data)
    tokens = [issue_token(secret, f"user{n}", 86_400, clock) for n in range(USERS)]
    movies = [movie.id for movie in shipped_movies()]
    return [
        post(
            f"/movies/{choice.choice(movies)}/users/rate",
            choice.choice(tokens),
            b'{"rate": %d}' % choice.randint(1, 10),
        )
        for _ in range(REQUESTS)
    ]


def fastapi_rates(folder: Path, data: Path) -> ServerProcess:
    """A server with the same endpoint in FastAPI."""
    arguments = [str(folder / "fastapi.db"), str(data / SECRET), "{port}"]
    module = "benchmarks.contenders.fastapi_rates"
    return ServerProcess(module, *arguments, ready="/openapi.json", log=folder / "fastapi.log")


def load_and_drain(
    bench: Bench,
    server: ServerProcess,
    file: Path,
    database: Path,
    left: list[float],
    seconds: float,
) -> Load:
    """Put the load on movieserver, then wait for its relay, which would disturb other subjects."""
    load = run_load(bench.generator, server.port, file, seconds)
    started = time.monotonic()
    with closing(sqlite3.connect(database)) as connection:
        while connection.execute(
            "SELECT EXISTS (SELECT 1 FROM rates WHERE pending IS NOT NULL)"
        ).fetchone()[0]:
            if time.monotonic() > started + PATIENCE:
                raise RuntimeError(f"rates are not announced after {PATIENCE} s")
            time.sleep(0.02)
    left.append(time.monotonic() - started)
    return load


def put_rates(folder: Path, seconds: float) -> Load:
    """The rate store without a server: 64 tasks, each of which puts one rate after another."""
    return asyncio.run(_put_rates(folder, seconds))


async def _put_rates(folder: Path, seconds: float) -> Load:
    store = backend.rate_store("sqlite:///rates.db", StoreContext(folder))
    await store.open()
    rates, latencies = random_rates(), list[float]()
    started = time.perf_counter()
    deadline = started + seconds

    async def put() -> None:
        while (begun := time.perf_counter()) < deadline:
            await store.put(next(rates))
            latencies.append(time.perf_counter() - begun)

    await asyncio.gather(*(put() for _ in range(CONNECTIONS)))
    load = load_of(latencies, time.perf_counter() - started)
    await store.close()
    return load


def put_groups(database: Path, seconds: float) -> Load:
    """The same statement through ``sqlite3`` alone, with 64 rows in each transaction."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.executescript(DURABLE + SqliteRateStore.schema)
        rates, latencies = random_rates(), list[float]()
        started = time.perf_counter()
        while (begun := time.perf_counter()) < started + seconds:
            group = [next(rates) for _ in range(CONNECTIONS)]
            now = group[0].version // 1000
            rows = [(r.user_id, r.movie_id, r.rate, r.version, now) for r in sorted(group, key=KEY)]
            connection.execute("BEGIN IMMEDIATE")
            execute_rows(connection, PUT, rows)
            connection.execute("COMMIT")
            latencies += [time.perf_counter() - begun] * len(rows)
        return load_of(latencies, time.perf_counter() - started)


def random_rates() -> Iterator[Rate]:
    """Rates of the same users and movies as in the POSTs."""
    choice = random.Random(1)
    movies = [movie.id for movie in shipped_movies()]
    return (
        Rate(
            user_id=f"user{choice.randrange(USERS)}",
            movie_id=choice.choice(movies),
            rate=choice.randint(1, 10),
            version=time.time_ns() // 1000,
        )
        for _ in repeat(None)
    )


def load_of(latencies: list[float], seconds: float) -> Load:
    """The load that these latencies and ``seconds`` amount to."""
    latencies.sort()
    return Load(len(latencies) / seconds, latencies[len(latencies) * 99 // 100] * 1e3)


def targets(table: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Target]:
    """The targets."""
    asked = {FRONT: 0.8, FASTAPI: 2.0}
    return [
        Target(
            f"rates/s: movieserver / {name}",
            ratio(table[OURS]["rates/s"], table[name]["rates/s"]),
            bound,
        )
        for name, bound in asked.items()
    ]
