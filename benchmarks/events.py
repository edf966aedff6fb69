"""Events: polled, decoded, applied and committed by the consumer's own job."""

import asyncio
import random
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from unittest.mock import patch

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
"""Events that are published to be applied one at a time."""
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


def options(effort: Effort) -> ConsumeOptions:
    """The default options, or smaller ones where there are too few events for them."""
    default, events = ConsumeOptions(), effort.events
    return replace(
        default, batch=min(default.batch, events // 10), ahead=min(default.ahead, events // 5)
    )


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


Moment = tuple[int, float]
"""How many events were applied by then, and when."""


def by_tenths(moments: Sequence[Moment], events: int) -> dict[str, list[float]]:
    """Events applied per second, from the first to the last of ``events``."""
    counts = [count for count, _ in moments]
    marks = [moments[bisect_left(counts, events * tenth // 10)] for tenth in range(11)]
    tenths = [per_second(*pair) for pair in pairwise(marks)]
    return {
        "first tenth/s": [tenths[0]],
        "all/s": [per_second(marks[0], marks[-1])],
        "slowest tenth/s": [min(tenths)],
        "last tenth/s": [tenths[-1]],
    }


def per_second(start: Moment, end: Moment) -> float:
    """Events applied per second between two moments."""
    return (end[0] - start[0]) / (end[1] - start[1])


class Consumption:
    """Events that are published, and then applied against the clock."""

    def __init__(self, services: Services, effort: Effort) -> None:
        self._services = services
        self._effort = effort
        self._options = options(effort)
        self._job = ConsumeRates(services, self._options)
        self._rates = random_rates()
        self._publishing = 0.0

    async def table(self) -> Table:
        """All figures."""
        chunk = min(CHUNK, self._effort.events // 10)
        single_first = await self._one_by_one(chunk)
        self._publishing = 0.0
        # Some more than are counted, so that the log is read until the last of those is applied.
        count = self._effort.events + 2 * self._options.ahead
        await self._publish(count)
        published = count / self._publishing
        moments = await self._moments()
        single_last = await self._one_by_one(chunk)
        await self._job.finish()
        return {
            "batch 1": {"first tenth/s": [single_first], "last tenth/s": [single_last]},
            default_row(): by_tenths(moments, self._effort.events),
            f"publishing, {PUBLISHED:,} a call": {"all/s": [published]},
        }

    async def _moments(self) -> list[Moment]:
        """Apply all events; returns the moment before the first batch, and that after each."""
        movies, moments = self._services.stores.movies, list[Moment]()
        apply = movies.apply

        async def timed(rates: Sequence[Rate]) -> int:
            if not moments:
                moments.append((0, time.perf_counter()))
            changed = await apply(rates)
            moments.append((moments[-1][0] + len(rates), time.perf_counter()))
            return changed

        with patch.object(movies, "apply", timed):
            await self._drain()
        return moments

    async def _one_by_one(self, count: int) -> float:
        """Events applied per second, for a while, with each event in its own batch."""
        await self._publish(1)
        await self._drain()
        await self._publish(count)
        options, self._job.options = self._job.options, replace(self._options, batch=1, ahead=1)
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
