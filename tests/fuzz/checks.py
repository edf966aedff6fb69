"""What Schemathesis sends and checks beyond its own; it loads this module by its name."""

import json
import re
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response

from tests.descriptions import validate

STREAM = "/movies/top10/stream"
ID = re.compile("[0-9a-f]{24}")
LETTERS = st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"])
LAST_IDS = st.text(LETTERS, max_size=2000).map(str.strip)
"""Whatever a header may hold; Schemathesis alone would send short texts in ASCII."""


@schemathesis.hook
def flatmap_headers(_: HookContext, headers: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """``headers``, some of them with another Last-Event-ID."""
    if not headers or "Last-Event-ID" not in headers:
        return st.just(headers)
    return st.just(headers) | LAST_IDS.map(lambda last: {**headers, "Last-Event-ID": last})


@schemathesis.check
def first_event(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """A stream begins with the ten best, unless the client named an id that can be theirs."""
    if case.operation.path != STREAM or case.method != "GET" or response.status_code != 200:
        return
    first, *events = response.text.removesuffix("\n\n").split("\n\n")
    assert first == "retry: 2000", response.text
    if not events and ID.fullmatch(str(response.request.headers.get("Last-Event-ID"))):
        return
    event = dict(line.split(": ", 1) for line in events[0].split("\n"))
    assert event.keys() == {"event", "id", "data"}, response.text
    assert event["event"] == "top10"
    assert ID.fullmatch(event["id"])
    document: dict[str, Any] = case.operation.schema.raw_schema
    validate(document, {"$ref": "#/components/schemas/TopTen"}, json.loads(event["data"]))
