"""Events: polled, decoded, applied and committed by the consumer's own job."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.machine import on_server_core
from benchmarks.report import Result, Table, Target, ratio
from benchmarks.rounds import Bench
from movieserver import events
from movieserver.announcements import Announcements
from movieserver.backends import StoreContext, Topic
from movieserver.backends.sqlite import backend
from movieserver.catalogue import shipped_movies, shipped_nominees
from movieserver.clock import SystemClock
from movieserver.jobs.consume_rates import ConsumeOptions, ConsumeRates
from movieserver.memory.memory import Memory
from movieserver.models import Rate
from movieserver.process import garbage
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.topic import TopicSettings

USERS = 200_000
CHUNK = 50_000
"""Events that are published and then applied, before the next ones are published."""
PUBLISHED = 1_000
"""Events in one call to the log."""
URL = "sqlite:///movieserver.db"


def run(bench: Bench) -> Result:
    """Measure."""
    table = on_server_core(apply_events, bench.made("events"), bench.effort)
    default = table[default_row()]
    targets = [
        Target("events applied/s at the default batch", default["all/s"][0], at_least=20_000),
        Target("the same, in the slowest tenth", default["slowest tenth/s"][0], at_least=20_000),
        Target(
            "the same, last tenth / first tenth",
            ratio(default["last tenth/s"], default["first tenth/s"]),
            at_least=0.9,
        ),
    ]
    title = f"Events, {bench.effort.events:,} of {USERS:,} users"
    return Result(title, {"consumer": table}, targets)


def default_row() -> str:
    """The name of the row for the default batch size."""
    return f"batch {ConsumeOptions().batch:,} (the default)"


def apply_events(folder: Path, effort: Effort) -> Table:
    """Publish and apply all events; returns figures for the consumer and for publishing."""
    return asyncio.run(_apply_events(folder, effort))


async def _apply_events(folder: Path, effort: Effort) -> Table:
    return await consumption(embedded_stores(folder), TopicSettings(), effort)


async def consumption(stores: Stores, settings: TopicSettings, effort: Effort) -> Table:
    """The figures of a consumer between these stores, which are opened and then closed."""
    for store in stores.listed.values():
        await store.open()
    await stores.movies.seed(shipped_nominees(), shipped_movies())
    garbage.freeze()  # as a server does
    clock = SystemClock()
    services = Services(
        stores, Memory(clock), Announcements(), Lifecycle(), topics=settings, clock=clock
    )
    try:
        return await Consumption(services, effort).table()
    finally:
        for store in stores.listed.values():
            await store.close()


def embedded_stores(folder: Path) -> Stores:
    """The stores of the consumer profile, in one SQLite file."""
    context = StoreContext(folder)
    topics = [Topic("movie_rate_topic"), Topic("movie_rate_topic.dead", 1)]
    return Stores(
        {
            "movies": backend.movie_store(URL, context),
            "events": backend.event_log(URL, context, topics),
        }
    )


def by_tenths(seconds: Sequence[float], chunk: int) -> dict[str, list[float]]:
    """Events applied per second, if each chunk of ``chunk`` events took that many ``seconds``."""
    tenth = len(seconds) // 10
    tenths = [chunk * tenth / sum(seconds[at : at + tenth]) for at in range(0, tenth * 10, tenth)]
    return {
        "first tenth/s": [tenths[0]],
        "all/s": [chunk * len(seconds) / sum(seconds)],
        "slowest tenth/s": [min(tenths)],
        "last tenth/s": [tenths[-1]],
    }


class Consumption:
    """Events in chunks: published, then applied against the clock."""

    def __init__(self, services: Services, effort: Effort) -> None:
        self._services = services
        self._effort = effort
        self._job = ConsumeRates(services, ConsumeOptions())
        self._rates = random_rates()
        self._publishing = 0.0

    async def table(self) -> Table:
        """All figures."""
        chunk = min(CHUNK, self._effort.events // 10)
        single_first = await self._one_by_one(chunk)
        self._publishing = 0.0
        seconds = [await self._chunk(chunk) for _ in range(self._effort.events // chunk)]
        published = self._effort.events / self._publishing
        single_last = await self._one_by_one(chunk)
        await self._job.finish()
        return {
            "batch 1": {"first tenth/s": [single_first], "last tenth/s": [single_last]},
            default_row(): by_tenths(seconds, chunk),
            f"publishing, {PUBLISHED:,} a call": {"all/s": [published]},
        }

    async def _chunk(self, count: int) -> float:
        """The seconds that it takes to apply ``count`` events."""
        await self._publish(count)
        started = time.perf_counter()
        await self._drain()
        return time.perf_counter() - started

    async def _one_by_one(self, count: int) -> float:
        """Events applied per second, for a while, with each event in its own batch."""
        await self._publish(1)
        await self._drain()
        await self._publish(count)
        options, self._job.options = self._job.options, replace(self._job.options, batch=1)
        steps, started = 0, time.perf_counter()
        while time.perf_counter() < started + self._effort.seconds:
            if await self._job.step():
                steps += 1
            elif not await self._ready():
                break
        seconds = time.perf_counter() - started
        self._job.options = options
        await self._drain()
        return steps / seconds

    async def _drain(self) -> None:
        """Apply all events that are published."""
        while await self._job.step() or await self._ready():
            pass

    async def _ready(self) -> bool:
        """Wait for the next events; False if there are none."""
        names = self._services.topics
        if not await self._services.stores.events.lag(names.topic, names.group):
            return False
        await self._job.wait()
        return True

    async def _publish(self, count: int) -> None:
        log, topic = self._services.stores.events, self._services.topics.topic
        for _ in range(0, count, PUBLISHED):
            messages = [events.encode(rate) for rate in islice(self._rates, min(count, PUBLISHED))]
            started = time.perf_counter()
            await log.publish(topic, messages)
            self._publishing += time.perf_counter() - started


def random_rates() -> Iterator[Rate]:
    """Rates of random users for random films of the catalogue."""
    choice = random.Random(1)
    movies = [movie.id for movie in shipped_movies()]
    version = time.time_ns() // 1000
    while True:
        version += 1
        user = f"user{choice.randrange(USERS)}"
        yield Rate(user, choice.choice(movies), choice.randint(1, 10), version)
