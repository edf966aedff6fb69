"""Plain numbers that the IOLoop increments: no locks, no labels, only what a scrape reads."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate

from movieserver.clock import Clock

REQUEST_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LAG_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Upper bounds of the histograms' buckets; one more bucket has no bound."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that are counted by name; clients may invent others."""
OTHER = "other"
LAG_PERIOD = 0.5
"""Seconds between two measurements of the loop's lag."""


class Histogram:
    """The number of values in each bucket, and the sum of all values."""

    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """The number of values in each bucket; the last bucket has no bound."""
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count ``value``."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    def merge(self, other: "Histogram") -> None:
        """Add what ``other``, which must have the same bounds, has counted."""
        self.counts = [
            ours + theirs for ours, theirs in zip(self.counts, other.counts, strict=True)
        ]
        self.sum += other.sum

    @property
    def total(self) -> int:
        """The number of values counted."""
        return sum(self.counts)

    @property
    def buckets(self) -> list[tuple[str, float]]:
        """The cumulative buckets by upper bound, as Prometheus expects them."""
        bounds = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
        return list(zip(bounds, map(float, accumulate(self.counts)), strict=True))


class RouteMeter:
    """The requests of one route: a histogram of seconds for each method and status."""

    __slots__ = ("answers",)

    def __init__(self) -> None:
        self.answers: dict[tuple[str, int], Histogram] = {}

    def add(self, method: str | None, status: int, seconds: float) -> None:
        """Count a request that was answered with ``status`` after ``seconds``."""
        histogram = self.answers.get((method, status))  # type: ignore[arg-type]
        if histogram is None:
            known = method if method in METHODS else OTHER
            histogram = self.answers.setdefault((known, status), Histogram(REQUEST_SECONDS))
        histogram.add(seconds)

    def seconds(self) -> dict[str, Histogram]:
        """The durations of all answers by method."""
        methods: dict[str, Histogram] = {}
        for (method, _), histogram in self.answers.items():
            methods.setdefault(method, Histogram(REQUEST_SECONDS)).merge(histogram)
        return methods


class JobMeter:
    """Counts how a job's steps ended."""

    __slots__ = ("failures", "last_success", "steps")

    def __init__(self) -> None:
        self.steps = 0
        self.failures = 0
        self.last_success: float | None = None
        """Seconds since 1970; None before the first success."""

    def succeeded(self, now: float) -> None:
        """Count a step that succeeded at ``now``, in seconds since 1970."""
        self.steps += 1
        self.last_success = now

    def failed(self) -> None:
        """Count a step that failed."""
        self.failures += 1


class Meters:
    """Everything that one server counts."""

    def __init__(self) -> None:
        self.routes: dict[str, RouteMeter] = {}
        """By route template, such as ``/movies/{id}``."""
        self.jobs: dict[str, JobMeter] = {}
        """By name."""
        self.listeners: dict[str, Callable[[], int]] = {}
        """A function that counts the open listeners of each stream, by route template."""
        self.loop_lag = Histogram(LAG_SECONDS)

    def route(self, template: str) -> RouteMeter:
        """The meter of a route; made if there is none yet."""
        return self.routes.setdefault(template, RouteMeter())

    def job(self, name: str) -> JobMeter:
        """The meter of a job; made if there is none yet."""
        return self.jobs.setdefault(name, JobMeter())

    async def watch_loop(self, clock: Clock) -> None:
        """Measure repeatedly by how much the loop is late; runs for ever."""
        while True:
            due = clock.monotonic() + LAG_PERIOD
            await clock.sleep(LAG_PERIOD)
            self.loop_lag.add(max(clock.monotonic() - due, 0.0))
