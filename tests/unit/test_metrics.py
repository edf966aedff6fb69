"""What is counted, and what a scrape says of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from movieserver.announcements import Announcements
from movieserver.backends import Store
from movieserver.errors import StoreUnavailable
from movieserver.handlers.metrics.exposition import exposition
from movieserver.handlers.metrics.merging import merged
from movieserver.handlers.metrics.store_watch import MAX_AGE, StoreReport, StoreWatch
from movieserver.handlers.observation import template
from movieserver.memory.memory import Memory
from movieserver.metrics import Histogram, Meters, RouteMeter
from movieserver.metrics.siblings import Siblings
from movieserver.models import Rate
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.testing import ManualClock
from movieserver.topic import TopicSettings


def services(clock: ManualClock, **parts: Any) -> Services:
    memory = Memory(clock, {"top10", "nominees"})
    return Services(Stores(), memory, Announcements(), Lifecycle(), clock=clock, **parts)


def samples(text: bytes) -> Iterator[tuple[str, float]]:
    """Every sample as Prometheus reads it, by name and labels."""
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            yield f"{sample.name}{{{labels}}}", sample.value


@pytest.mark.parametrize(
    ("pattern", "route"),
    [
        (r"/movies/top10$", "/movies/top10"),
        (r"/movies/([^/]+)/users/rate$", "/movies/{id}/users/rate"),
        (r"/lists/(?P<name>[a-z]+)", "/lists/{name}"),
        (r"/openapi\.json$", "/openapi.json"),
    ],
)
def test_a_route_is_told_by_its_template(pattern: str, route: str) -> None:
    assert template(pattern) == route


def test_a_histogram_counts_a_value_up_to_each_bound() -> None:
    histogram = Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7.0):
        histogram.add(value)
    assert histogram.buckets == [("0.1", 2.0), ("1", 3.0), ("+Inf", 4.0)]
    assert histogram.total == 4
    assert histogram.sum == pytest.approx(7.65)


def test_methods_that_clients_invent_are_counted_as_one() -> None:
    meter = RouteMeter()
    for method in ("GET", "BREW", "PROPFIND", None):
        meter.add(method, 405, 0.001)
    assert {key: each.total for key, each in meter.answers.items()} == {
        ("GET", 405): 1,
        ("other", 405): 3,
    }


def test_a_scrape_says_what_was_counted_and_what_is_held() -> None:
    clock = ManualClock()
    meters = Meters()
    meters.route("/movies/{id}").add("GET", 200, 0.004)
    meters.route("/movies/{id}").add("GET", 404, 0.002)
    meters.job("relay_rates").succeeded(1_700_000_000.0)
    meters.job("relay_rates").failed()
    given = services(clock, meters=meters, profile="dev")
    given.memory.top10.replace(None)  # type: ignore[arg-type]
    given.memory.top10._value = object()  # type: ignore[assignment]
    clock.advance(3.0)
    given.announcements.offer(Rate("alice", "tt1", 9, 1))
    found = dict(samples(exposition(given, StoreReport({"rates": False}, pending=7))))
    assert found["movieserver_http_requests_total{method=GET,route=/movies/{id},status=404}"] == 1
    seconds = "movieserver_http_request_duration_seconds"
    assert found[f"{seconds}_bucket{{le=0.0025,method=GET,route=/movies/{{id}}}}"] == 1
    assert found[f"{seconds}_count{{method=GET,route=/movies/{{id}}}}"] == 2
    assert found["movieserver_memory_loaded{memory=nominees}"] == 0
    assert found["movieserver_memory_age_seconds{memory=top10}"] == 3
    assert "movieserver_memory_age_seconds{memory=nominees}" not in found
    assert found["movieserver_store_up{store=rates}"] == 0
    assert found["movieserver_rates_pending{}"] == 7
    assert "movieserver_consumer_lag_events{}" not in found
    assert found["movieserver_announcements_queued{}"] == 1
    assert found["movieserver_http_requests_in_flight{}"] == 0
    assert found["movieserver_job_steps_total{job=relay_rates}"] == 1
    assert found["movieserver_job_failures_total{job=relay_rates}"] == 1
    success = "movieserver_job_last_success_timestamp_seconds{job=relay_rates}"
    assert found[success] == 1_700_000_000
    assert any("profile=dev" in name for name in found if name.startswith("movieserver_build_info"))
    assert found["process_open_fds{}"] > 0


def test_the_metrics_of_several_processes_are_told_apart() -> None:
    given = services(ManualClock())
    given.meters.route("/movies/{id}").add("GET", 200, 0.004)
    text = exposition(given, StoreReport())
    found = dict(samples(merged({"0": text, "1": text, "2": b""})))
    name = "movieserver_http_requests_total{method=GET,process=%d,route=/movies/{id},status=200}"
    assert [found.get(name % number) for number in range(3)] == [1, 1, None]
    seconds = "movieserver_http_request_duration_seconds_bucket"
    assert found[f"{seconds}{{le=+Inf,method=GET,process=1,route=/movies/{{id}}}}"] == 1
    assert len(found) == 2 * len(dict(samples(text)))


@pytest.mark.gen_test
async def test_a_process_that_does_not_answer_tells_nothing(tmp_path: Path) -> None:
    first, second, mute = (Siblings(tmp_path, str(number)) for number in range(3))

    async def tell() -> bytes:
        return b"told"

    second.answer_with(tell)
    await second.open()
    await mute.open()
    (tmp_path / "3").write_text("left by a process that was killed")
    assert await first.texts(b"own") == {"0": b"own", "1": b"told", "2": b"", "3": b""}
    await second.close()
    await mute.close()


@pytest.mark.gen_test
async def test_a_process_that_cannot_be_asked_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    lonely = Siblings(folder, "0")
    await lonely.open()
    assert "scrapes will miss this one" in caplog.text
    assert await lonely.texts(b"own") == {"0": b"own"}
    await lonely.close()


@pytest.mark.gen_test
async def test_a_process_whose_folder_was_removed_tells_its_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir()
    process = Siblings(folder, "0")
    await process.open()
    rmtree(folder)
    assert await process.texts(b"own") == {"0": b"own"}
    assert "a scrape misses the other processes" in caplog.text
    await process.close()


@pytest.mark.gen_test
async def test_the_loops_lag_is_by_how_much_a_sleep_is_late() -> None:
    class LateClock(ManualClock):
        async def sleep(self, seconds: float) -> None:
            self.advance(seconds + 0.2)
            await asyncio.sleep(0)

    meters = Meters()
    watching = asyncio.create_task(meters.watch_loop(LateClock()))
    while not meters.loop_lag.total:
        await asyncio.sleep(0)
    watching.cancel()
    assert meters.loop_lag.sum == pytest.approx(0.2 * meters.loop_lag.total)


class FakeStore(Store):
    """A store that counts, or hangs, or is down."""

    def __init__(self) -> None:
        self.state: int | asyncio.Event | Exception | None = 0
        self.asked = 0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def ping(self) -> None:
        await self._answer()

    async def pending_count(self) -> int:
        self.asked += 1
        return await self._answer()

    async def lag(self, _topic: str, _group: str) -> int:
        return await self._answer()

    async def _answer(self) -> int:
        if isinstance(self.state, asyncio.Event):
            await self.state.wait()
            return 99
        if isinstance(self.state, Exception):
            raise self.state
        if self.state is None:
            raise StoreUnavailable("away")
        return self.state


@pytest.mark.gen_test
async def test_the_stores_are_asked_seldom_and_what_they_cannot_say_is_left_out() -> None:
    clock, rates, events = ManualClock(), FakeStore(), FakeStore()
    stores = Stores({"rates": rates, "events": events})
    watch = StoreWatch(stores, TopicSettings(), clock)
    rates.state, events.state = 3, 5
    assert await watch.report() == StoreReport({"rates": True, "events": True}, 3, 5)
    rates.state = events.state = None
    assert (await watch.report()).pending == 3
    assert rates.asked == 1
    clock.advance(MAX_AGE)
    assert await watch.report() == StoreReport({"rates": False, "events": False}, None, None)
    rates.state = 4
    clock.advance(MAX_AGE)
    assert await watch.report() == StoreReport({"rates": True, "events": False}, 4, None)


@pytest.mark.gen_test
async def test_a_store_of_a_plugin_that_breaks_its_word_is_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, movies = ManualClock(), FakeStore()
    watch = StoreWatch(Stores({"movies": movies}), TopicSettings(), clock)
    assert (await watch.report()).up == {"movies": True}
    movies.state = ZeroDivisionError("a plugin's")
    clock.advance(MAX_AGE)
    assert (await watch.report()).up == {"movies": False}
    assert "ZeroDivisionError: a plugin's" in caplog.text


@pytest.mark.gen_test
async def test_a_store_that_hangs_holds_up_neither_the_scrape_nor_the_other_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("movieserver.handlers.metrics.store_watch.PATIENCE", 0.05)
    monkeypatch.setattr("movieserver.handlers.metrics.store_watch.PING_PATIENCE", 0.01)
    clock, rates, events = ManualClock(), FakeStore(), FakeStore()
    stores = Stores({"rates": rates, "events": events})
    watch = StoreWatch(stores, TopicSettings(), clock)
    rates.state, events.state = asyncio.Event(), 5
    assert await watch.report() == StoreReport({"rates": False, "events": True}, None, 5)
    clock.advance(MAX_AGE)
    rates.state.set()
    assert (await watch.report()).pending == 99
    assert rates.asked == 1
