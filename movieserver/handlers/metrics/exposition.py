"""The metrics of one server in the text format of Prometheus; docs/operations.md lists them all."""

import platform
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from movieserver import __version__
from movieserver.handlers.metrics.store_watch import StoreReport
from movieserver.metrics.meters import Meters
from movieserver.services import Services


def exposition(services: Services, report: StoreReport) -> bytes:
    """All metrics of a server in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(ServerCollector(services, report))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class ServerCollector(Collector):
    """Reads what the server has counted, and what it holds, at the moment of a scrape."""

    def __init__(self, services: Services, report: StoreReport) -> None:
        self._services = services
        self._report = report

    def collect(self) -> Iterator[Metric]:
        yield from self._build()
        yield from requests(self._services.meters)
        yield from self._memory()
        yield self._stores()
        yield from self._on_the_way()
        yield from listeners(self._services.meters)
        yield from jobs(self._services.meters)
        yield loop_lag(self._services.meters)

    def _build(self) -> Iterator[Metric]:
        labels = {
            "version": __version__,
            "python": platform.python_version(),
            "profile": self._services.profile,
        }
        build = GaugeMetricFamily("movieserver_build_info", "What runs.", labels=list(labels))
        build.add_metric(list(labels.values()), 1)
        yield build

    def _memory(self) -> Iterator[Metric]:
        loaded = GaugeMetricFamily(
            "movieserver_memory_loaded",
            "Whether a part of the memory has a value.",
            labels=["memory"],
        )
        age = GaugeMetricFamily(
            "movieserver_memory_age_seconds",
            "Seconds since a part of the memory was last known to match the store.",
            labels=["memory"],
        )
        for name, snapshot in self._services.memory.filled.items():
            loaded.add_metric([name], snapshot.loaded)
            if snapshot.age is not None:
                age.add_metric([name], snapshot.age)
        yield from (loaded, age)

    def _stores(self) -> Metric:
        up = GaugeMetricFamily("movieserver_store_up", "Whether a store answers.", labels=["store"])
        for store, answers in self._report.up.items():
            up.add_metric([store], answers)
        return up

    def _on_the_way(self) -> Iterator[Metric]:
        yield from gauge(
            "movieserver_rates_pending",
            "Rates that are stored and not yet announced.",
            self._report.pending,
        )
        yield from gauge(
            "movieserver_consumer_lag_events",
            "Events that are announced and not yet applied to the averages.",
            self._report.lag,
        )
        yield from gauge(
            "movieserver_announcements_queued",
            "Rates that this process stored and is about to announce.",
            len(self._services.announcements),
        )
        yield from gauge(
            "movieserver_http_requests_in_flight",
            "Requests that are not answered yet.",
            self._services.lifecycle.in_flight,
        )


def gauge(name: str, text: str, value: float | None) -> Iterator[Metric]:
    """Yield a gauge without labels, or nothing if there is no value."""
    if value is not None:
        yield GaugeMetricFamily(name, text, value=value)


def requests(meters: Meters) -> Iterator[Metric]:
    """Yield how many requests were answered, and how fast."""
    answered = CounterMetricFamily(
        "movieserver_http_requests",
        "Requests answered, by route template.",
        labels=["route", "method", "status"],
    )
    seconds = HistogramMetricFamily(
        "movieserver_http_request_duration_seconds",
        "Seconds from a request's headers to its answer.",
        labels=["route", "method"],
    )
    for route, meter in meters.routes.items():
        for (method, status), histogram in meter.answers.items():
            answered.add_metric([route, method, str(status)], histogram.total)
        for method, histogram in meter.seconds().items():
            seconds.add_metric([route, method], histogram.buckets, histogram.sum)
    yield from (answered, seconds)


def listeners(meters: Meters) -> Iterator[Metric]:
    """Yield how many clients listen to each stream, or nothing if the profile has no stream."""
    if meters.listeners:
        family = GaugeMetricFamily(
            "movieserver_stream_listeners", "Open listeners of a stream.", labels=["route"]
        )
        for route, count in meters.listeners.items():
            family.add_metric([route], count())
        yield family


def jobs(meters: Meters) -> Iterator[Metric]:
    """Yield how many steps of each job succeeded and failed, and the time of the last success."""
    steps = CounterMetricFamily("movieserver_job_steps", "Steps that a job did.", labels=["job"])
    failures = CounterMetricFamily(
        "movieserver_job_failures", "Steps of a job that failed.", labels=["job"]
    )
    success = GaugeMetricFamily(
        "movieserver_job_last_success_timestamp_seconds",
        "When a job's last step succeeded, in seconds since 1970.",
        labels=["job"],
    )
    for name, meter in meters.jobs.items():
        steps.add_metric([name], meter.steps)
        failures.add_metric([name], meter.failures)
        if meter.last_success is not None:
            success.add_metric([name], meter.last_success)
    yield from (steps, failures, success)


def loop_lag(meters: Meters) -> Metric:
    """By how much the event loop was late."""
    family = HistogramMetricFamily(
        "movieserver_loop_lag_seconds", "Seconds by which the event loop was late."
    )
    family.add_metric([], meters.loop_lag.buckets, meters.loop_lag.sum)
    return family
