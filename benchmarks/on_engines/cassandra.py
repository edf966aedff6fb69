"""Rates on Cassandra: acknowledged POSTs, compared with the driver alone and the front alone."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.cluster import Session

from benchmarks.load import CONNECTIONS, Load, run_load, write_requests
from benchmarks.machine import on_server_core
from benchmarks.on_engines.places import Places, connected, made_places
from benchmarks.process import ROOT, ServerProcess, movieserver
from benchmarks.rates import load_of, posts, random_rates
from benchmarks.report import Result, Table, Target, ratio
from benchmarks.rounds import Bench, Measure, interleaved
from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.timestamps import timestamp

OURS = "movieserver, rates on Cassandra, its relay on"
FRONT = "the same front, fixed bytes"
DRIVER = f"cassandra-driver alone, {CONNECTIONS} in flight"
READY = "/health/ready"
HANDLERS = "{rates: {access: token}, health: {access: public}}"
INSERT = """
    INSERT INTO rates (user_id, movie_id, rate, version) VALUES (?, ?, ?, ?) USING TIMESTAMP ?
"""
WARM_UP = 60
"""How many times as long as usual: Cassandra's virtual machine compiles what it does often."""
STILL = 1.0
"""Seconds without a new event after which the relay counts as done with what a load left."""


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("cassandra")
    file = write_requests(folder / "posts", posts(folder / "data"))
    left: list[float] = []
    with ExitStack() as stack:
        places = stack.enter_context(made_places(folder))
        profile = places.profile(folder, "rating", handlers=HANDLERS, jobs="{relay_rates: {}}")
        ours = stack.enter_context(movieserver(profile, folder / "data", READY))
        fixed = ROOT / "benchmarks/fixed.yaml"
        front = stack.enter_context(movieserver(fixed, folder / "data", "/health/live"))
        subjects: dict[str, Measure] = {
            OURS: partial(load_and_drain, bench, places, folder, ours, file, left),
            FRONT: partial(run_load, bench.generator, front.port, file),
            DRIVER: lambda seconds: on_server_core(put_alone, places.rates, seconds),
        }
        warm = replace(bench.effort, warm_up=WARM_UP * bench.effort.warm_up)
        table = interleaved(warm, {name: {"rates": measure} for name, measure in subjects.items()})
    table[OURS]["announced s later"] = left[-bench.effort.rounds :]
    return Result("Rates on Cassandra", {"server": table}, targets(table))


def targets(table: Table) -> list[Target]:
    """The target: three fifths of the slower of the two floors."""
    floor = min(FRONT, DRIVER, key=lambda name: ratio(table[name]["rates/s"], [1.0]))
    reached = ratio(table[OURS]["rates/s"], table[floor]["rates/s"])
    return [Target(f"rates/s: movieserver / the slower floor ({floor})", reached, at_least=0.6)]


def load_and_drain(
    bench: Bench,
    places: Places,
    folder: Path,
    server: ServerProcess,
    file: Path,
    left: list[float],
    seconds: float,
) -> Load:
    """Put the load on movieserver, then wait for its relay, which would disturb other subjects."""
    load = run_load(bench.generator, server.port, file, seconds)
    left.append(asyncio.run(_drained(places, folder)))
    return load


async def _drained(places: Places, folder: Path) -> float:
    """Seconds until the last event, which no other follows for ``STILL`` seconds."""
    log = places.stores(folder).events
    await log.open()
    started = moved = now = time.monotonic()
    published = -1
    try:
        while now - moved < STILL:
            await asyncio.sleep(0.05)
            before, published = published, await log.lag(places.topic, places.topic)
            now = time.monotonic()
            moved = now if published != before else moved
    finally:
        await log.close()
    return moved - started


def put_alone(url: str, seconds: float) -> Load:
    """Put bare rows through cassandra-driver alone, without marking them pending."""
    with connected(url) as cluster:
        session = cluster.connect(Address.of(url).keyspace)
        session.default_consistency_level = ConsistencyLevel.LOCAL_QUORUM
        return DriverLoad(session, seconds).run()


class DriverLoad:
    """Chains of puts: each put begins when the one before it is acknowledged."""

    def __init__(self, session: Session, seconds: float) -> None:
        self._session = session
        self._statement = session.prepare(INSERT)
        self._rates = random_values()
        self._lock = Lock()
        self._latencies: list[float] = []
        self._running = CONNECTIONS
        self._ended = Event()
        self._started = time.perf_counter()
        self._deadline = self._started + seconds
        self._error: Exception | None = None

    def run(self) -> Load:
        """Put until the time is up."""
        for _ in range(CONNECTIONS):
            self._put()
        self._ended.wait()
        if self._error:
            raise self._error
        return load_of(self._latencies, time.perf_counter() - self._started)

    def _put(self) -> None:
        begun = time.perf_counter()
        if begun >= self._deadline or self._error:
            self._end_chain()
            return
        with self._lock:
            values = next(self._rates)
        future = self._session.execute_async(self._statement, values)
        future.add_callbacks(lambda _rows: self._done(begun), self._failed)

    def _done(self, begun: float) -> None:
        self._latencies.append(time.perf_counter() - begun)
        self._put()

    def _failed(self, error: Exception) -> None:
        self._error = error
        self._end_chain()

    def _end_chain(self) -> None:
        with self._lock:
            self._running -= 1
            if not self._running:
                self._ended.set()


def random_values() -> Iterator[tuple[Any, ...]]:
    """Values for ``INSERT``: rates of random users and movies."""
    for rate in random_rates():
        yield (rate.user_id, rate.movie_id, rate.rate, rate.version, timestamp(rate))
