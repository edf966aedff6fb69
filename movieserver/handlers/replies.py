"""Replies without a request handler: bytes written straight to Tornado's connection."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from http.client import responses

from tornado.httputil import (
    HTTPHeaders,
    HTTPServerRequest,
    ResponseStartLine,
    format_timestamp,
)

from movieserver.handlers.failures import asked
from movieserver.handlers.observation import BLIND, Observer
from movieserver.handlers.problems import CONTENT_TYPE, Problem
from movieserver.request_ids import HEADER, current_while

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, headers and a body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    """Replaces ``body`` if given; its JSON includes the request's id."""
    sized: bool = True
    """Whether the answer to GET has a Content-Length."""
    failure: Exception | None = None
    """An unexpected error, to be logged with the request's id."""


def refuse(problem: Problem, failure: Exception | None = None) -> Reply:
    """The reply that states ``problem``, which may come from an unexpected error."""
    headers = {"Content-Type": CONTENT_TYPE, **problem.headers}
    return Reply(problem.status_code, headers=headers, problem=problem, failure=failure)


def write(request: HTTPServerRequest, reply: Reply, observer: Observer = BLIND) -> None:
    """Send ``reply`` to ``request`` and notify ``observer``, unless the connection is gone."""
    if request.connection is None:
        return
    headers = HTTPHeaders()
    for name, value in reply.headers.items():
        headers[name] = value
    headers["Date"] = date_header()
    request_id = observer.identify(request)
    if request_id:
        headers[HEADER] = request_id
    if reply.failure is not None:
        with current_while(request_id):
            log.error("%s failed", asked(request), exc_info=reply.failure)
    body = reply.body if reply.problem is None else reply.problem.body(request_id)
    if reply.sized and reply.status not in (204, 304):
        headers["Content-Length"] = str(len(body))
    if request.method == "HEAD":
        body = b""
    request.connection.write_headers(start_line(reply.status), headers, body)
    request.connection.finish()
    observer.saw(request, reply.status, request_id)


def closing(problem: Problem, request_id: str) -> bytes:
    """All bytes of an answer that states ``problem`` and ends the connection.

    It answers input that is not a request; ``request_id`` is the id given to that, or empty.
    """
    body = problem.body(request_id)
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(body)),
        **problem.headers,
        **({HEADER: request_id} if request_id else {}),
    }
    return closing_head(problem.status_code, headers) + body


def closing_head(status: int, headers: Mapping[str, str]) -> bytes:
    """The bytes before the body of an answer that ends the connection."""
    line = start_line(status)
    headers = {**headers, "Date": date_header(), "Connection": "close"}
    head = [f"HTTP/1.1 {line.code} {line.reason}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*head, "", ""]).encode()


@cache
def start_line(status: int) -> ResponseStartLine:
    """The status line of ``status``; a plugin may use one that is not registered."""
    return ResponseStartLine("", status, responses.get(status, "Unknown"))


def date_header() -> str:
    """The value of the ``Date`` header for the current second."""
    return _date(int(time.time()))


@lru_cache(1)
def _date(second: int) -> str:
    return format_timestamp(second)
