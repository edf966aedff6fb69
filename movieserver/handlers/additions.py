"""Adds headers to any answer, by wrapping the connection that it is written to."""

from asyncio import Future
from collections.abc import Iterator, Mapping
from typing import Any

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)


class AddingConnection(HTTPConnection):
    """Wraps a connection and adds headers to the answer."""

    def __init__(self, connection: HTTPConnection, headers: Mapping[str, str]) -> None:
        self.connection = connection
        self.headers = headers

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> "Future[None]":
        for name, value in self.headers.items():
            varying = name == "Vary" and name in headers
            headers[name] = f"{headers[name]}, {value}" if varying else value
        return self.connection.write_headers(start_line, headers, chunk)

    def write(self, chunk: bytes) -> "Future[None]":
        return self.connection.write(chunk)

    def finish(self) -> None:
        self.connection.finish()

    def __getattr__(self, name: str) -> Any:
        """Forward what Tornado uses of its own connections beyond the interface."""
        return getattr(self.connection, name)


def add(request: HTTPServerRequest, headers: Mapping[str, str]) -> None:
    """Add ``headers`` to the answer to ``request``, whoever writes it."""
    if request.connection is not None:
        request.connection = AddingConnection(request.connection, headers)


def end_connection(request: HTTPServerRequest) -> None:
    """Make the answer to ``request`` the last of its connection, whatever wraps that."""
    connection = request.connection
    while isinstance(connection, AddingConnection):
        connection = connection.connection
    if connection is not None:
        # A header alone would say so, but Tornado would go on to read requests.
        connection._disconnect_on_finish = True  # type: ignore[attr-defined]


def added(request: HTTPServerRequest) -> Iterator[tuple[str, str]]:
    """Yield the headers that were added, for code that writes an answer without Tornado."""
    connection = request.connection
    while isinstance(connection, AddingConnection):
        yield from connection.headers.items()
        connection = connection.connection
