"""OpenTelemetry spans of a rate's request, its announcement and its application to the average.

Names and attributes follow the semantic conventions for HTTP and for messaging. They contain
nothing about a user: no token, no id, no path (which may hold whatever a client put there).
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Thread

from cachetools import FIFOCache
from msgspec.structs import replace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from movieserver import __version__
from movieserver.backends.event_log import Message, Record
from movieserver.models import Rate
from movieserver.tracing.tracer import RequestTrace, Tracer

log = logging.getLogger(__name__)
# This logger would repeat a client's tracestate whenever it is malformed.
logging.getLogger("opentelemetry.trace.span").setLevel(logging.ERROR)

PARENT, STATE = "traceparent", "tracestate"
"""The headers with the trace of a request or an event (W3C Trace Context)."""
STATE_LENGTH = 512
"""The maximum length of a tracestate that is passed on: what the recommendation asks for."""
PATIENCE = 3.0
"""Seconds within which the last spans must be sent when the server stops."""
REMEMBERED = 20_000
"""How many rates' traces are remembered: as many as may wait for the relay (announcements.py)."""

Contexts = FIFOCache[Rate, Context]
"""Which trace a rate belongs to, until the rate is announced. If there are too many, the oldest go,
which another process may have announced; a rate that went is announced without its trace."""

_w3c = TraceContextTextMapPropagator()


class OtelRequestTrace(RequestTrace):
    """The server span of a request."""

    def __init__(self, span: Span, contexts: Contexts) -> None:
        """Take the span, and the memory for which rates belong to it."""
        self._span = span
        self._contexts = contexts

    def storing(self, rate: Rate) -> None:
        if self._span.is_recording():
            self._contexts[rate] = set_span_in_context(self._span, Context())

    def end(self, status: int) -> None:
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_attribute("error.type", str(status))
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class OtelTracer(Tracer):
    """Makes the spans of one server."""

    def __init__(self, provider: TracerProvider, system: str, remembered: int = REMEMBERED) -> None:
        """Make spans with ``provider``, which nothing else uses; ``system`` names the event log."""
        self._provider = provider
        self._tracer = provider.get_tracer("movieserver", __version__)
        self._system = system
        self._contexts: Contexts = FIFOCache(remembered)
        self._closed = False

    def request(self, method: str, route: str, headers: Mapping[str, str]) -> RequestTrace:
        span = self._tracer.start_span(
            f"{method} {route}",
            context(headers.get(PARENT), headers.get(STATE)),
            SpanKind.SERVER,
            {"http.request.method": method, "http.route": route},
        )
        return OtelRequestTrace(span, self._contexts)

    @contextmanager
    def publishing(
        self, topic: str, rates: Sequence[Rate], messages: Sequence[Message]
    ) -> Iterator[Sequence[Message]]:
        spans: list[Span] = []
        marked = list(messages)
        for number, rate in enumerate(rates if self._contexts else ()):
            if (parent := self._contexts.get(rate)) is not None:
                span = self._messaging("send", topic, parent, len(rates))
                spans.append(span)
                headers = marked[number].headers + headers_of(span)
                marked[number] = replace(marked[number], headers=headers)
        with ended(spans):
            yield marked
        for rate in rates:
            self._contexts.pop(rate, None)

    @contextmanager
    def applying(self, group: str, records: Sequence[Record], count: int) -> Iterator[None]:
        spans: list[Span] = []
        for record in records:
            if (parent := context_of(record)) is not None:
                span = self._messaging("process", record.topic, parent, count)
                span.set_attribute("messaging.consumer.group.name", group)
                span.set_attribute("messaging.destination.partition.id", str(record.partition))
                spans.append(span)
        with ended(spans):
            yield

    async def close(self) -> None:
        """Flush in a thread that the process does not wait for, because an exporter may hang."""
        if self._closed:
            return
        self._closed = True
        loop, flushed = asyncio.get_running_loop(), asyncio.Event()

        def shutdown() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(flushed.set)

        Thread(target=shutdown, name="last-spans", daemon=True).start()
        try:
            async with asyncio.timeout(PATIENCE):
                await flushed.wait()
        except TimeoutError:
            log.warning("the last spans could not be sent within %g s and are lost", PATIENCE)

    def _messaging(self, operation: str, topic: str, parent: Context, batch: int) -> Span:
        """Start the span of one event; ``batch`` events are sent or processed together."""
        attributes: dict[str, AttributeValue] = {
            "messaging.system": self._system,
            "messaging.operation.name": operation,
            "messaging.operation.type": operation,
            "messaging.destination.name": topic,
            "messaging.batch.message_count": batch,
        }
        kind = SpanKind.PRODUCER if operation == "send" else SpanKind.CONSUMER
        return self._tracer.start_span(f"{operation} {topic}", parent, kind, attributes)


def context(parent: str | None, state: str | None) -> Context:
    """The context in the two headers; an empty one if they are absent or unreadable."""
    if parent is None:
        return Context()
    carrier = {PARENT: parent}
    if state is not None and len(state) <= STATE_LENGTH:
        carrier[STATE] = state
    return _w3c.extract(carrier, Context())


def context_of(record: Record) -> Context | None:
    """The trace that an event belongs to, or None if there is none that is sampled."""
    headers = {name: value for name, value in record.headers if name in (PARENT, STATE)}
    if PARENT not in headers:
        return None
    texts = {name: value.decode("latin-1") for name, value in headers.items()}
    found = context(texts[PARENT], texts.get(STATE))
    return found if get_current_span(found).get_span_context().trace_flags.sampled else None


def headers_of(span: Span) -> tuple[tuple[str, bytes], ...]:
    """The headers that make an event part of the trace of ``span``."""
    carrier: dict[str, str] = {}
    _w3c.inject(carrier, set_span_in_context(span, Context()))
    return tuple((name, value.encode("latin-1")) for name, value in carrier.items())


@contextmanager
def ended(spans: Sequence[Span]) -> Iterator[None]:
    """End ``spans`` at the end of the block, marked as failed if it raises an error."""
    try:
        yield
    except Exception as error:
        for span in spans:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
        raise
    finally:
        for span in spans:
            span.end()
