"""What cannot be read as HTTP never becomes a request, and is answered with a problem as well."""

import sys
from asyncio import Future
from collections.abc import Awaitable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, UnsatisfiableReadError

from movieserver.handlers.observation import BLIND, Observer
from movieserver.handlers.problems import RETRY_AFTER, Problem
from movieserver.handlers.replies import closing
from movieserver.redaction import shortened, without_secrets

BARE = b"HTTP/1.1 400 Bad Request\r\n\r\n"
"""What Tornado writes, and then closes the connection."""
REASON = 200
"""Characters of a reason; it may quote the client."""


class ProblemServer(HTTPServer):
    """Tornado's server over streams that explain themselves."""

    observer: Observer = BLIND
    """Sees what is refused here."""

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        # Once for all: Tornado asks the system for it, and for the contrary, at every request.
        stream.set_nodelay(True)
        explaining = ProblemStream(
            stream.socket,
            max_buffer_size=self.max_buffer_size,
            read_chunk_size=self.read_chunk_size,
        )
        explaining.observer = self.observer
        super().handle_stream(explaining, address)

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        delegate = super().start_request(server_conn, request_conn)
        return WithoutDisguise(delegate) if self.xheaders else delegate

    def no_room(self) -> bytes:
        """The answer to a connection for which the process has no file left."""
        problem = Problem(503, "This server has no room for more connections.", RETRY_AFTER)
        return closing(problem, self.observer.refused(problem.status_code))


class WithoutDisguise(HTTPMessageDelegate):
    """Takes off what Tornado believes of a proxy before X-Forwarded-For and X-Forwarded-Proto.

    Proxies that set those two let a client's own of these pass.
    """

    def __init__(self, delegate: HTTPMessageDelegate) -> None:
        self.data_received = delegate.data_received  # type: ignore[method-assign]
        self.finish = delegate.finish  # type: ignore[method-assign]
        self.on_connection_close = delegate.on_connection_close  # type: ignore[method-assign]
        self._delegate = delegate

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        for name in ("X-Real-Ip", "X-Scheme"):
            headers.pop(name, None)
        return self._delegate.headers_received(start_line, headers)


class ProblemStream(IOStream):
    """A connection whose refusals have a body.

    Tornado leaves no other place for it: it refuses by these bytes, or closes without any where
    a line is too long, and asks nobody.
    """

    observer: Observer = BLIND
    _header_limit: int | None = None
    """Bytes of the headers that are being read; None while the size of a chunk is."""

    def set_nodelay(self, value: bool) -> None:
        """Leave it on, as it is from the beginning: an answer is written in one piece."""

    def read_until_regex(self, regex: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
        """Read the headers of a request; nothing else is read so."""
        self._header_limit = max_bytes
        return super().read_until_regex(regex, max_bytes)

    def read_until(self, delimiter: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
        """Read the size of a chunk; nothing else is read so."""
        self._header_limit = None
        return super().read_until(delimiter, max_bytes)

    def write(self, data: bytes | memoryview) -> "Future[None]":
        """Write ``data``, or a problem in the place of Tornado's bare refusal."""
        if data == BARE:
            data = self._refusal(Problem(400, f"The request cannot be read: {reason()}."))
        return super().write(data)

    def close(self, exc_info: Any = False) -> None:
        """Close, but not without a word where a line had no end."""
        if isinstance(exc_info, UnsatisfiableReadError) and not self.closed():
            super().write(self._refusal(too_long(self._header_limit)))
        super().close(exc_info)

    def _refusal(self, problem: Problem) -> bytes:
        return closing(problem, self.observer.refused(problem.status_code))


def reason() -> str:
    """Why Tornado refuses, while it handles the error that says so."""
    error = sys.exception()
    if not isinstance(error, HTTPInputError):
        return "it is not HTTP"
    return without_secrets(shortened(str(error)))[:REASON]


def too_long(header_limit: int | None) -> Problem:
    """The problem with headers that have no end, or with the size of a chunk."""
    if header_limit is None:
        return Problem(400, "The request cannot be read: invalid chunk size.")
    return Problem(431, f"The headers are larger than {header_limit} bytes.")
