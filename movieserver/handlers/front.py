"""What every request meets first: a limit to its body, and to the patience with its headers."""

from typing import Any

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.routing import Router

from movieserver.clock import Clock
from movieserver.handlers.cross_origin import CrossOrigin
from movieserver.handlers.observation import BLIND, Observer
from movieserver.handlers.problems import Problem
from movieserver.handlers.replies import refuse, write

BODY_LIMIT = 4096
"""Bytes of the largest body that any call takes."""
READ_LIMIT = 65_536
"""Bytes of a body without a length that are read, so that it is refused with an answer."""
TOO_LARGE = f"The body is larger than {BODY_LIMIT} bytes."
CLOSE = {"Connection": "close"}


class Front(Router):
    """Stands before another router and lets through what is not too large.

    It also notes since when each connection owes the headers of its next request, so that one
    sweep over all takes the place of a timer for each request.
    """

    def __init__(
        self,
        router: Router,
        clock: Clock,
        patience: float,
        observer: Observer = BLIND,
        cross_origin: CrossOrigin | None = None,
    ) -> None:
        """Take the router behind, how long a connection may be silent, who sees what is refused.

        ``cross_origin`` tells browsers which pages may read the answers, if any of others may.
        """
        self._observer = observer
        self._cross_origin = cross_origin
        self._router = router
        self._clock = clock
        self._patience = patience
        self._silent: dict[HTTPConnection, float] = {}

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        self._silent[request_conn] = self._clock.monotonic()
        return super().start_request(server_conn, request_conn)

    def find_handler(self, request: HTTPServerRequest, **_: Any) -> HTTPMessageDelegate | None:
        if request.connection is not None:
            self._silent.pop(request.connection, None)
        if self._cross_origin is not None:
            self._cross_origin.apply(request)
        length = request.headers.get("Content-Length")
        if length is None or (length.isascii() and length.isdigit() and allowed(length)):
            return self._router.find_handler(request)
        if length.isascii() and length.isdigit():
            return self._refuse(request, Problem(413, TOO_LARGE, CLOSE))
        return self._refuse(request, Problem(400, "Content-Length is not a number.", CLOSE))

    def _refuse(self, request: HTTPServerRequest, problem: Problem) -> HTTPMessageDelegate:
        return RefusingDelegate(request, problem, self._observer)

    async def sweep(self) -> None:
        """Close the connections that have been silent for too long, again and again."""
        while True:
            await self._clock.sleep(self._patience / 4)
            oldest = self._clock.monotonic() - self._patience
            for connection in [c for c, since in self._silent.items() if since < oldest]:
                del self._silent[connection]
                connection.close()  # type: ignore[attr-defined]


def allowed(length: str) -> bool:
    """Whether a body of so many bytes is taken."""
    return len(length) <= len(str(BODY_LIMIT)) and int(length) <= BODY_LIMIT


class RefusingDelegate(HTTPMessageDelegate):
    """Answers as soon as the headers are there; Tornado then closes the connection."""

    def __init__(self, request: HTTPServerRequest, problem: Problem, observer: Observer) -> None:
        self._request = request
        self._problem = problem
        self._observer = observer

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        write(self._request, refuse(self._problem), self._observer)
