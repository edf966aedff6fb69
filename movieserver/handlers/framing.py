"""Answers input that is not HTTP, and so never becomes a request, with a problem as well."""

import logging
import re
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
from movieserver.request_ids import current_while

log = logging.getLogger(__name__)

LINES = 1000
"""The most lines that the headers of a request may have, because each takes time to parse."""
BARE = b"HTTP/1.1 400 Bad Request\r\n\r\n"
"""Tornado's whole answer to such input, before it closes the connection."""
REASON = 200
"""The maximum length of a reason, which may quote the client, in characters."""


class ProblemServer(HTTPServer):
    """Tornado's server, on streams that explain their refusals."""

    observer: Observer = BLIND
    """Is notified of every refusal here."""

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        # Set it once: Tornado would turn it on and off, with two system calls, at every request.
        stream.set_nodelay(True)
        explaining = ProblemStream(
            stream.socket,
            max_buffer_size=self.max_buffer_size,
            read_chunk_size=self.read_chunk_size,
        )
        explaining.observer = self.observer
        explaining.address = str(address[0]) if address else ""
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


ADDRESS = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+")
"""An address of X-Forwarded-For in brackets or with a port, which Tornado does not understand."""


class WithoutDisguise(HTTPMessageDelegate):
    """Removes the headers that Tornado prefers to X-Forwarded-For and X-Forwarded-Proto.

    A proxy that sets those two passes on a client's own X-Real-Ip and X-Scheme.
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
        if "X-Forwarded-For" in headers:
            forwarded = headers["X-Forwarded-For"]
            headers["X-Forwarded-For"] = ADDRESS.sub(lambda found: found[1] or found[2], forwarded)
        return self._delegate.headers_received(start_line, headers)


class HeadersEnd:
    """Finds the end of a request's headers in a buffer that grows.

    Each search continues where the last one ended. Tornado's own would scan everything again for
    every packet, so that a few clients who send a byte at a time could keep the process busy.
    """

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        """Take the pattern of the end, which is at most four bytes long."""
        self._pattern = pattern
        self._scanned = 0

    def search(self, buffer: bytearray) -> re.Match[bytes] | None:
        """The match; raises ``UnsatisfiableReadError`` if there are too many lines."""
        match = self._pattern.search(buffer, self._scanned)
        self._scanned = max(0, len(buffer) - 3)
        if match is not None and buffer.count(b"\n", 0, match.end()) > LINES:
            raise UnsatisfiableReadError(f"more than {LINES} lines of headers")
        return match


class ProblemStream(IOStream):
    """A connection whose refusals have a body.

    Tornado has no hook for it: it refuses by writing ``BARE``, or closes the connection without
    an answer if a line is too long.
    """

    observer: Observer = BLIND
    address: str = ""
    """The client's address."""
    _header_limit: int | None = None
    """The maximum bytes of the headers being read; None while the size of a chunk is read."""
    _headers_end: HeadersEnd | None = None

    @property  # type: ignore[override]
    def _read_regex(self) -> HeadersEnd | None:
        """Replaces the pattern that Tornado keeps under this name while it reads headers."""
        return self._headers_end

    @_read_regex.setter
    def _read_regex(self, pattern: re.Pattern[bytes] | None) -> None:
        self._headers_end = None if pattern is None else HeadersEnd(pattern)

    def set_nodelay(self, value: bool) -> None:
        """Leave it on, as it has been from the start, because an answer is written in one piece."""

    def read_until_regex(self, regex: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
        """Read the headers of a request; Tornado reads nothing else this way."""
        self._header_limit = max_bytes
        return super().read_until_regex(regex, max_bytes)

    def read_until(self, delimiter: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
        """Read the size of a chunk; Tornado reads nothing else this way."""
        self._header_limit = None
        return super().read_until(delimiter, max_bytes)

    def write(self, data: bytes | memoryview) -> "Future[None]":
        """Write ``data``, or a problem instead of Tornado's bare refusal."""
        if data == BARE:
            data = self._refusal(Problem(400, f"The request cannot be read: {reason()}."))
        return super().write(data)

    def close(self, exc_info: Any = False) -> None:
        """Close the connection, but first write a problem if a line was too long."""
        if isinstance(exc_info, UnsatisfiableReadError) and not self.closed():
            super().write(self._refusal(too_long(self._header_limit)))
        super().close(exc_info)

    def _refusal(self, problem: Problem) -> bytes:
        """The bytes of ``problem``; a line with its id tells why, because Tornado's has no id."""
        request_id = self.observer.refused(problem.status_code)
        with current_while(request_id):
            log.info("%s was answered %d: %s", self.address, problem.status_code, problem.detail)
        return closing(problem, request_id)


def reason() -> str:
    """Why Tornado refuses; to be called while it handles the error."""
    error = sys.exception()
    if not isinstance(error, HTTPInputError):
        return "it is not HTTP"
    return without_secrets(shortened(str(error)))[:REASON]


def too_long(header_limit: int | None) -> Problem:
    """The problem of headers over the limit or, without a limit, of a bad chunk size."""
    if header_limit is None:
        return Problem(400, "The request cannot be read: invalid chunk size.")
    return Problem(431, f"The headers have more than {header_limit} bytes or {LINES} lines.")
