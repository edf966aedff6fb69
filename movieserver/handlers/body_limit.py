"""Refuses bodies that are too large by what they say of their length, before they are read."""

from typing import Any

from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.routing import Router

from movieserver.handlers.problems import Problem
from movieserver.handlers.replies import refuse, write

BODY_LIMIT = 4096
"""Bytes of the largest body that any call takes."""
READ_LIMIT = 65_536
"""Bytes of a body without a length that are read, so that it is refused with an answer."""
TOO_LARGE = f"The body is larger than {BODY_LIMIT} bytes."
CLOSE = {"Connection": "close"}


class BodyLimit(Router):
    """Stands before another router and lets through what is not too large."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def find_handler(self, request: HTTPServerRequest, **_: Any) -> HTTPMessageDelegate | None:
        length = request.headers.get("Content-Length")
        if length is None or (length.isascii() and length.isdigit() and allowed(length)):
            return self._router.find_handler(request)
        if length.isascii() and length.isdigit():
            return RefusingDelegate(request, Problem(413, TOO_LARGE, CLOSE))
        return RefusingDelegate(request, Problem(400, "Content-Length is not a number.", CLOSE))


def allowed(length: str) -> bool:
    """Whether a body of so many bytes is taken."""
    return len(length) <= len(str(BODY_LIMIT)) and int(length) <= BODY_LIMIT


class RefusingDelegate(HTTPMessageDelegate):
    """Answers as soon as the headers are there; Tornado then closes the connection."""

    def __init__(self, request: HTTPServerRequest, problem: Problem) -> None:
        self._request = request
        self._problem = problem

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        write(self._request, refuse(self._problem))
