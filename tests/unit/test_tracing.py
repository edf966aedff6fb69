"""Traces: one from the post to the average, in the headers of its event; nothing where off."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tornado.ioloop import IOLoop

from movieserver.announcements import Announcements
from movieserver.backends import Message, Record, StoreContext, Topic
from movieserver.backends.event_log import Headers
from movieserver.backends.sqlite import SqliteBackend
from movieserver.errors import ConfigurationError, StoreUnavailable
from movieserver.jobs.consume_rates import ConsumeOptions, ConsumeRates
from movieserver.jobs.relay_rates import RelayOptions, RelayRates
from movieserver.memory.memory import Memory
from movieserver.models import Rate
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import EventSettings, Services, Stores
from movieserver.testing import ManualClock
from movieserver.tracing import NoTracer, TracingSettings, factory, make_tracer, otel
from movieserver.tracing.contexts import Contexts
from movieserver.tracing.otel import OtelTracer
from movieserver.tracing.otlp import otlp_tracer, resource

ROUTE = "/movies/{id}/users/rate"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"
RATE = Rate("alice@example.org", "tt0050083", 9, 1)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> OtelTracer:
    monkeypatch.delenv("OTEL_TRACES_SAMPLER", raising=False)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return OtelTracer(provider, "sqlite", Contexts(limit=3))


@pytest.fixture
def services(data: Path, io_loop: IOLoop, tracer: OtelTracer) -> Iterator[Services]:
    clock = ManualClock()
    backend, context = SqliteBackend(), StoreContext(data, clock)
    names = EventSettings()
    topics = [Topic(names.topic), Topic(names.dead_topic, 1)]
    stores = Stores(
        movie_store=backend.movie_store("sqlite:///m.db", context),
        rate_store=backend.rate_store("sqlite:///m.db", context),
        event_log=backend.event_log("sqlite:///m.db", context, topics),
    )
    for store in stores.listed.values():
        io_loop.run_sync(store.open)
    memory = Memory(clock)
    yield Services(stores, memory, Announcements(), Lifecycle(), clock=clock, tracer=tracer)
    for store in stores.listed.values():
        io_loop.run_sync(store.close)


async def post(services: Services, rate: Rate, **headers: str) -> None:
    """What a handler does with a rate."""
    trace = services.tracer.request("POST", ROUTE, headers)
    trace.storing(rate)
    await services.stores.rates.put(rate)
    services.announcements.offer(rate)
    trace.end(200)


async def records(services: Services) -> list[Record]:
    pages = services.stores.events.read(services.events.topic)
    return [record async for page in pages for record in page]


async def consume(services: Services) -> None:
    job = ConsumeRates(services, ConsumeOptions())
    await job.wait()
    while await job.step():
        pass
    await job.finish()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def ids(span: ReadableSpan) -> tuple[str, str | None]:
    """The span's trace, and the span that it belongs to."""
    assert span.context is not None
    parent = None if span.parent is None else f"{span.parent.span_id:016x}"
    return f"{span.context.trace_id:032x}", parent


def record(*headers: tuple[str, bytes]) -> Record:
    return Record("t", 0, 0, b"", b"", headers, 0.0)


@pytest.mark.gen_test
async def test_one_trace_from_the_post_through_the_event_to_the_average(
    services: Services, exporter: InMemorySpanExporter
) -> None:
    await post(services, RATE, traceparent=PARENT, tracestate="vendor=1")
    await RelayRates(services, RelayOptions()).step()
    [event] = await records(services)
    await consume(services)

    request, announcement, application = exporter.get_finished_spans()
    contexts = [span.context for span in (request, announcement) if span.context is not None]
    spans = [f"{context.span_id:016x}" for context in contexts]
    assert [ids(span) for span in (request, announcement, application)] == [
        (TRACE, SPAN),
        (TRACE, spans[0]),
        (TRACE, spans[1]),
    ]
    assert dict(event.headers) == {
        "traceparent": f"00-{TRACE}-{spans[1]}-01".encode(),
        "tracestate": b"vendor=1",
    }
    kinds = [span.kind for span in (request, announcement, application)]
    assert kinds == [SpanKind.SERVER, SpanKind.PRODUCER, SpanKind.CONSUMER]
    assert (request.name, attributes(request)) == (
        f"POST {ROUTE}",
        {
            "http.request.method": "POST",
            "http.route": ROUTE,
            "http.response.status_code": 200,
        },
    )
    sent = {
        "messaging.system": "sqlite",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "movie_rate_topic",
        "messaging.batch.message_count": 1,
    }
    assert (announcement.name, attributes(announcement)) == ("send movie_rate_topic", sent)
    assert (application.name, attributes(application)) == (
        "process movie_rate_topic",
        {
            **sent,
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": "movieserver",
            "messaging.destination.partition.id": str(event.partition),
        },
    )
    assert "alice" not in "".join(span.to_json() for span in exporter.get_finished_spans())


@pytest.mark.gen_test
async def test_without_a_tracer_events_have_no_headers(services: Services) -> None:
    services = replace(services, tracer=NoTracer())
    await post(services, RATE, traceparent=PARENT)
    await RelayRates(services, RelayOptions()).step()
    assert [each.headers for each in await records(services)] == [()]
    await services.tracer.close()


@pytest.mark.gen_test
async def test_only_rates_with_a_trace_have_it_in_their_headers(
    services: Services, exporter: InMemorySpanExporter
) -> None:
    untraced = [replace(RATE, movie_id=f"tt{number}") for number in range(3)]
    for rate in untraced[:2]:
        await post(services, rate, traceparent=f"00-{TRACE}-{SPAN}-00")
    await post(services, RATE, traceparent=PARENT)
    await services.stores.rates.put(untraced[2])
    services.announcements.offer(untraced[2])
    await RelayRates(services, RelayOptions()).step()
    found = {b"tt0050083" in (each.value or b""): each.headers for each in await records(services)}
    assert found[False] == ()
    assert [name for name, _ in found[True]] == ["traceparent"]
    assert len(exporter.get_finished_spans()) == 2


@pytest.mark.gen_test
async def test_a_rate_whose_announcement_fails_keeps_its_trace(
    services: Services, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise StoreUnavailable("it is down")

    relay = RelayRates(services, RelayOptions(grace=1.0))
    await post(services, RATE, traceparent=PARENT)
    with monkeypatch.context() as patch:
        patch.setattr(type(services.stores.events), "publish", refuse)
        with pytest.raises(StoreUnavailable):
            await relay.step()
    cast(ManualClock, services.clock).advance(5.0)
    await relay.step()
    await relay.step()
    [event] = await records(services)
    _, failed, sent = exporter.get_finished_spans()
    assert (failed.status.status_code, ids(failed)[0]) == (StatusCode.ERROR, TRACE)
    assert attributes(failed)["error.type"] == "StoreUnavailable"
    assert sent.context is not None
    assert f"{sent.context.span_id:016x}".encode() in dict(event.headers)["traceparent"]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"{PARENT},{PARENT}",
        "x" * 100_000,
    ],
)
def test_a_traceparent_that_cannot_be_read_is_ignored(
    tracer: OtelTracer, exporter: InMemorySpanExporter, given: str
) -> None:
    tracer.request("POST", ROUTE, {"traceparent": given}).end(200)
    [span] = exporter.get_finished_spans()
    trace, parent = ids(span)
    assert (trace != TRACE, parent) == (True, None)
    with tracer.applying("g", [record(("traceparent", given.encode()))]):
        pass
    assert exporter.get_finished_spans() == (span,)


@pytest.mark.parametrize("state", ["a=" + "x" * 600, "no member, \x7f", "ü=ü"])
def test_a_tracestate_that_cannot_be_carried_is_left_out_without_a_word(
    tracer: OtelTracer,
    exporter: InMemorySpanExporter,
    state: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tracer.request("POST", ROUTE, {"traceparent": PARENT, "tracestate": state}).end(200)
    [span] = exporter.get_finished_spans()
    assert span.context is not None
    assert (ids(span)[0], dict(span.context.trace_state)) == (TRACE, {})
    assert caplog.records == []


@pytest.mark.parametrize(
    "headers",
    [(), (("reason", b"\xff"),), (("traceparent", b"\xff\x00"),), (("tracestate", b"a=1"),)],
)
def test_events_of_others_may_have_any_headers(
    tracer: OtelTracer, exporter: InMemorySpanExporter, headers: Headers
) -> None:
    with tracer.applying("g", [record(*headers)]):
        pass
    assert exporter.get_finished_spans() == ()


def test_an_event_that_is_not_followed_makes_no_span(
    tracer: OtelTracer, exporter: InMemorySpanExporter
) -> None:
    unsampled = record(("traceparent", f"00-{TRACE}-{SPAN}-00".encode()))
    followed = record(("traceparent", PARENT.encode()))
    with tracer.applying("g", [unsampled, followed]):
        pass
    [span] = exporter.get_finished_spans()
    assert (ids(span), attributes(span)["messaging.batch.message_count"]) == ((TRACE, SPAN), 2)


@pytest.mark.parametrize(("status", "code"), [(503, StatusCode.ERROR), (401, StatusCode.UNSET)])
def test_a_request_that_fails_has_its_status(
    tracer: OtelTracer, exporter: InMemorySpanExporter, status: int, code: StatusCode
) -> None:
    tracer.request("DELETE", ROUTE, {}).end(status)
    [span] = exporter.get_finished_spans()
    assert (attributes(span)["http.response.status_code"], span.status.status_code) == (
        status,
        code,
    )


def test_what_is_remembered_is_bounded(tracer: OtelTracer) -> None:
    trace = tracer.request("DELETE", "/users/rates", {})
    rates = [replace(RATE, movie_id=f"tt{number}") for number in range(5)]
    for rate in rates:
        trace.storing(rate)
    messages = [Message(b"", b"%d" % number, b"") for number in range(5)]
    with tracer.publishing("t", rates, messages) as marked:
        assert [bool(message.headers) for message in marked] == [False, False, True, True, True]
    with tracer.publishing("t", rates, messages) as marked:
        assert list(marked) == messages


class Stuck(SpanExporter):
    """Sends nothing and does not come back until it may."""

    def __init__(self) -> None:
        self.may_go = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.may_go.wait()
        return SpanExportResult.FAILURE


@pytest.mark.gen_test
async def test_an_exporter_that_hangs_does_not_hold_up_the_stop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otel, "PATIENCE", 0.05)
    stuck = Stuck()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(stuck))
    tracer = OtelTracer(provider, "sqlite")
    tracer.request("POST", ROUTE, {}).end(200)
    async with asyncio.timeout(5.0):
        await tracer.close()
        await tracer.close()
    assert [r.message for r in caplog.records] == [
        "the last spans could not be sent within 0.05 s and are lost"
    ]
    stuck.may_go.set()
    for thread in threading.enumerate():
        if thread.name == "last-spans":
            thread.join()


def test_the_profile_and_the_environment_name_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES", raising=False)
    assert resource(None).attributes["service.name"] == "movieserver"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "rates")
    assert resource(None).attributes["service.name"] == "rates"
    assert resource(None).attributes["deployment.environment.name"] == "test"
    assert resource("mine").attributes["service.name"] == "mine"


def test_an_instance_is_named_where_nobody_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES", raising=False)
    assert UUID(str(resource(None).attributes["service.instance.id"])).version == 4
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=films")
    assert resource(None).attributes["service.instance.id"] == "films"


@pytest.mark.gen_test
async def test_a_share_of_none_follows_only_what_its_client_follows() -> None:
    tracer = otlp_tracer(TracingSettings(enabled=True, sample=0.0), "sqlite")
    remembered = []
    for headers in ({}, {"traceparent": PARENT}):
        trace = tracer.request("POST", ROUTE, headers)
        trace.storing(RATE)
        remembered.append(tracer._contexts.of(RATE) is not None)
    assert remembered == [False, True]
    await tracer.close()


def test_a_variable_that_opentelemetry_refuses_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    with pytest.raises(ConfigurationError, match="tracing: OpenTelemetry refuses its settings"):
        make_tracer(TracingSettings(enabled=True), "sqlite")


def test_without_the_extra_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert factory.is_installed()
    monkeypatch.setattr(factory, "PARTS", ("no_such_package.trace",))
    assert not factory.is_installed()


def test_a_server_that_traces_nothing_does_not_import_opentelemetry(data: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from movieserver.server import Server; "
        "from movieserver.composition.description import describe; "
        "from movieserver.profile import read_profile; "
        f"profile = read_profile('dev', data=Path({str(data)!r}), environ={{}}); "
        "describe(profile); Server(profile); "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout == "[]\n"
