"""Outage: how fast a rating server announces the rates that an outage of the log left pending."""

import asyncio
import itertools
import random
import time
from contextlib import ExitStack
from pathlib import Path

import aiohttp

from benchmarks.on_engines.freshness import HEALTH, quantile
from benchmarks.on_engines.places import Places, made_places
from benchmarks.process import ServerProcess, movieserver
from benchmarks.report import Result, Target
from benchmarks.rounds import Bench
from movieserver.catalogue import shipped_movies
from movieserver.clock import SystemClock
from movieserver.models import Rate
from movieserver.services import Stores
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import make_secret

PENDING = 100_000
"""Rates that the outage leaves pending; fewer in a quick run."""
USERS = 5_000
TOGETHER = 5_000
"""Rates that are put together."""
POSTS = 200
"""Rates per second that keep coming in."""
LOOK = 0.1
"""Seconds between two looks at the log."""
JOB = "{relay_rates: {}}"


def run(bench: Bench) -> Result:
    """Measure."""
    count = min(PENDING, bench.effort.events)
    folder = bench.made("outage")
    data = folder / "data"
    with ExitStack() as stack:
        places = stack.enter_context(made_places(folder))
        outage = Outage(places, folder, make_secret(data), count)
        asyncio.run(outage.put())
        handlers = f"{{rates: {{access: token}}, {HEALTH}}}"
        profile = places.profile(folder, "rating", handlers=handlers, jobs=JOB)
        server = stack.enter_context(movieserver(profile, data, "/health/ready"))
        announced = asyncio.run(outage.announced_per_second(server))
    row = {
        "announced/s": [announced],
        "posts meanwhile": [float(len(outage.answered))],
        "their median, s": [quantile(outage.answered, 0.5)],
        "p99, s": [quantile(outage.answered, 0.99)],
    }
    targets = [Target("announced/s while posts go on", announced, at_least=5_000)]
    return Result(f"After an outage: {count:,} rates pending", {"server": {"rating": row}}, targets)


class Outage:
    """Rates that are stored but not announced, and users who go on rating."""

    def __init__(self, places: Places, folder: Path, secret: bytes, count: int) -> None:
        self._places = places
        self._folder = folder
        self._secret = secret
        self._count = count
        self._movies = [movie.id for movie in shipped_movies()]
        self.answered: list[float] = []
        """Seconds that each POST took."""

    async def put(self) -> None:
        """Store the rates that are left pending."""
        store = self._stores().rates
        await store.open()
        rates = (
            Rate(f"user{n % USERS}", self._movies[n // USERS], 1 + n % 10, time.time_ns() // 1000)
            for n in range(self._count)
        )
        while some := list(itertools.islice(rates, TOGETHER)):
            await store.put_many(some)
        await store.close()

    async def announced_per_second(self, server: ServerProcess) -> float:
        """Events published per second, from the first to the last that the outage left."""
        log, topic = self._stores().events, self._places.topic
        await log.open()
        posting = asyncio.create_task(self._post(server))
        first = published = 0
        try:
            # The posts of the last second may still be on their way.
            while published < self._count + len(self.answered) - POSTS:
                await asyncio.sleep(LOOK)
                published = await log.lag(topic, topic)
                posted = len(self.answered)
                if not first and published > posted + POSTS:
                    first, started = published - posted, time.monotonic()
            return (published - posted - first) / (time.monotonic() - started)
        finally:
            posting.cancel()
            await asyncio.gather(posting, return_exceptions=True)
            await log.close()

    async def _post(self, server: ServerProcess) -> None:
        """Post rates at a steady pace, whether or not earlier ones have been answered."""
        choice = random.Random(1)
        clock = SystemClock()
        tokens = [issue_token(self._secret, f"guest{n}", 86_400, clock) for n in range(1000)]
        started = time.monotonic()
        async with aiohttp.ClientSession() as self._session, asyncio.TaskGroup() as group:
            for number in itertools.count():
                await asyncio.sleep(started + number / POSTS - time.monotonic())
                url = f"http://127.0.0.1:{server.port}/movies/{choice.choice(self._movies)}"
                group.create_task(self._rate(f"{url}/users/rate", choice.choice(tokens)))

    async def _rate(self, url: str, token: str) -> None:
        started = time.monotonic()
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.post(url, json={"rate": 7}, headers=headers) as answer:
            answer.raise_for_status()
            await answer.read()
        self.answered.append(time.monotonic() - started)

    def _stores(self) -> Stores:
        return self._places.stores(self._folder)
