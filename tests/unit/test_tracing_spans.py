"""Spans of single requests and batches: whose they are by the headers, and what they hold."""

import pytest
from msgspec.structs import replace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from movieserver.backends import Message
from movieserver.backends.event_log import Headers
from movieserver.tracing.otel import OtelTracer
from tests.unit.traces import PARENT, RATE, ROUTE, SPAN, TRACE, attributes, ids, record


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
    with tracer.applying("g", [record(("traceparent", given.encode()))], 1):
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
    with tracer.applying("g", [record(*headers)], 1):
        pass
    assert exporter.get_finished_spans() == ()


def test_an_event_that_is_not_followed_makes_no_span(
    tracer: OtelTracer, exporter: InMemorySpanExporter
) -> None:
    unsampled = record(("traceparent", f"00-{TRACE}-{SPAN}-00".encode()))
    followed = record(("traceparent", PARENT.encode()))
    with tracer.applying("g", [unsampled, followed], 2):
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
