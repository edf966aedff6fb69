"""Spans and headers of traces, as tests compare them."""

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan

from movieserver.backends import Record
from movieserver.models import Rate

ROUTE = "/movies/{id}/users/rate"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"
RATE = Rate("alice@example.org", "tt0050083", 9, 1)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def ids(span: ReadableSpan) -> tuple[str, str | None]:
    """The span's trace, and the span that it belongs to."""
    assert span.context is not None
    parent = None if span.parent is None else f"{span.parent.span_id:016x}"
    return f"{span.context.trace_id:032x}", parent


def record(*headers: tuple[str, bytes]) -> Record:
    return Record("t", 0, 0, b"", b"", headers, 0.0)
