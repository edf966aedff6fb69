"""Traces: one from the post to the average, in the headers of its event."""

from dataclasses import replace
from typing import cast

import pytest
from msgspec import structs
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from movieserver.backends import Record
from movieserver.errors import StoreUnavailable
from movieserver.jobs.consume_rates import ConsumeOptions, ConsumeRates
from movieserver.jobs.relay_rates import RelayOptions, RelayRates
from movieserver.models import Rate
from movieserver.services import Services
from movieserver.testing import ManualClock
from movieserver.tracing import NoTracer
from movieserver.tracing.otel import OtelTracer
from tests.unit.traces import PARENT, RATE, ROUTE, SPAN, TRACE, attributes, ids


@pytest.fixture
def services(services: Services, tracer: OtelTracer) -> Services:
    return replace(services, tracer=tracer)


async def post(services: Services, rate: Rate, **headers: str) -> None:
    """What a handler does with a rate."""
    trace = services.tracer.request("POST", ROUTE, headers)
    trace.storing(rate)
    await services.stores.rates.put(rate)
    services.announcements.offer(rate)
    trace.end(200)


async def records(services: Services) -> list[Record]:
    pages = services.stores.events.read(services.topics.topic)
    return [record async for page in pages for record in page]


async def consume(services: Services) -> None:
    job = ConsumeRates(services, ConsumeOptions())
    await job.wait()
    while await job.step():
        pass
    await job.finish()


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
    untraced = [structs.replace(RATE, movie_id=f"tt{number}") for number in range(3)]
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
