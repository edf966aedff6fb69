"""Freshness: from the 200 on a POST to the top ten, while 500 rates a second come in."""

import asyncio
import itertools
import random
import time
from contextlib import ExitStack
from pathlib import Path

import aiohttp

from benchmarks.effort import Effort
from benchmarks.on_engines.places import Places, made_places
from benchmarks.process import ServerProcess, movieserver
from benchmarks.report import Result, Target
from benchmarks.rounds import Bench
from movieserver.catalogue import shipped_movies
from movieserver.clock import SystemClock
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import make_secret

POSTS = 500
"""Rates a second."""
SECONDS_PER_ROUND = 8.0
PROBED = 4
"""Films that are watched, each by its own task."""
POLL = 0.01
"""Seconds between two looks at the top ten."""
LOST = 30.0
"""Seconds after which the run fails if a rate is not seen."""
HEALTH = "health: {access: public}"


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("freshness")
    data = folder / "data"
    with ExitStack() as stack:
        places = stack.enter_context(made_places(folder))
        secret = make_secret(data)
        public, rating = [
            stack.enter_context(movieserver(profile, data, "/health/ready"))
            for profile in profiles(places, folder)
        ][:2]
        seen, answered = asyncio.run(Watch(public, rating, secret, bench.effort).run())
    table = {
        "200 to top ten, s": quantiles(seen),
        "POST to 200, s": quantiles(answered),
    }
    targets = [Target("p99 of 200 to top ten, s", quantile(seen, 0.99), at_most=2)]
    title = f"Freshness on the engines: {len(answered):,} rates at {POSTS} a second"
    return Result(title, {f"{len(seen):,} rates watched": table}, targets)


def profiles(places: Places, folder: Path) -> list[Path]:
    """The public, the rating and the consumer profiles."""
    return [
        places.profile(
            folder,
            "public",
            handlers=f"{{top10: {{access: public}}, {HEALTH}}}",
            jobs="{refresh_top10: {}, refresh_weighted: {}}",
        ),
        places.profile(
            folder,
            "rating",
            handlers=f"{{rates: {{access: token}}, {HEALTH}}}",
            jobs="{relay_rates: {}}",
        ),
        places.profile(
            folder,
            "consumer",
            handlers=f"{{{HEALTH}}}",
            jobs="{consume_rates: {}, refresh_view: {}}",
        ),
    ]


def quantiles(seconds: list[float]) -> dict[str, list[float]]:
    """A row of the table: the median, the p99 and the maximum."""
    return {
        name: [quantile(seconds, q)] for name, q in {"median": 0.5, "p99": 0.99, "max": 1}.items()
    }


def quantile(seconds: list[float], q: float) -> float:
    """The smallest of ``seconds`` that a share ``q`` of them does not exceed."""
    return sorted(seconds)[max(0, min(len(seconds) - 1, round(q * len(seconds)) - 1))]


class Watch:
    """Many users who rate at a steady pace, and a few films that are watched.

    All rates of the watched films are 10 and those of other films are lower. So the watched films
    lead the top ten, and each of their rates shows in their ``rate_count``.
    """

    def __init__(
        self, public: ServerProcess, rating: ServerProcess, secret: bytes, effort: Effort
    ) -> None:
        self._top10 = f"http://127.0.0.1:{public.port}/movies/top10"
        self._rating = f"http://127.0.0.1:{rating.port}/movies"
        self._secret = secret
        self._seconds = SECONDS_PER_ROUND * effort.rounds * min(1.0, effort.seconds)
        self._movies = [movie.id for movie in shipped_movies()]
        self._seen: list[float] = []
        self._answered: list[float] = []

    async def run(self) -> tuple[list[float], list[float]]:
        """Seconds from each watched rate's 200 until it is seen, and from each POST to its 200."""
        connector = aiohttp.TCPConnector(limit=200)
        async with aiohttp.ClientSession(connector=connector) as self._session:
            self._until = time.monotonic() + self._seconds
            async with asyncio.TaskGroup() as group:
                group.create_task(self._load())
                for movie_id in self._movies[:PROBED]:
                    group.create_task(self._watch(movie_id))
        return self._seen, self._answered

    async def _load(self) -> None:
        """Rate other films at a steady pace, whether or not earlier POSTs have been answered."""
        choice = random.Random(1)
        tokens = [self._token(f"user{number}") for number in range(1000)]
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in itertools.count():
                due = started + number / POSTS
                if due > self._until:
                    break
                await asyncio.sleep(due - time.monotonic())
                movie_id = choice.choice(self._movies[PROBED:])
                group.create_task(self._post(choice.choice(tokens), movie_id, choice.randint(1, 5)))

    async def _watch(self, movie_id: str) -> None:
        for count in itertools.count(1):
            if time.monotonic() > self._until:
                break
            await self._post(self._token(f"watcher{count}"), movie_id, 10)
            accepted = time.monotonic()
            async with asyncio.timeout(LOST):
                while await self._count(movie_id) < count:  # noqa: ASYNC110 - no event to wait for
                    await asyncio.sleep(POLL)
            self._seen.append(time.monotonic() - accepted)

    async def _post(self, token: str, movie_id: str, rate: int) -> None:
        started = time.monotonic()
        url, headers = f"{self._rating}/{movie_id}/users/rate", {"Authorization": f"Bearer {token}"}
        async with self._session.post(url, json={"rate": rate}, headers=headers) as answer:
            answer.raise_for_status()
            await answer.read()
        self._answered.append(time.monotonic() - started)

    async def _count(self, movie_id: str) -> int:
        async with self._session.get(self._top10) as answer:
            answer.raise_for_status()
            best = await answer.json()
        return next((int(m["rate_count"]) for m in best["result"] if m["id"] == movie_id), 0)

    def _token(self, user: str) -> str:
        return issue_token(self._secret, user, 86_400, SystemClock())
