"""The connections of a server."""

import asyncio
import re
import socket

import pytest
from tornado.httputil import HTTPServerRequest
from tornado.testing import bind_unused_port

from movieserver.handlers.framing import HeadersEnd, ProblemServer
from movieserver.handlers.replies import Reply, write


@pytest.mark.gen_test
async def test_what_is_written_goes_out_at_once_on_every_request_of_a_connection() -> None:
    found: list[int] = []

    def answer(request: HTTPServerRequest) -> None:
        stream = request.connection.stream  # type: ignore[union-attr]
        found.append(stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        write(request, Reply(200, b"{}"))

    server = ProblemServer(answer)
    listening, port = bind_unused_port()
    server.add_sockets([listening])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200 OK")
    writer.close()
    server.stop()
    await server.close_all_connections()
    assert [each != 0 for each in found] == [True] * 3


def test_headers_are_looked_through_once_however_they_come() -> None:
    end, buffer = HeadersEnd(re.compile(rb"\r?\n\r?\n")), bytearray(b"a\n" * 10 + b"X: y")
    assert end.search(buffer) is None
    buffer[:10] = b"\r\n\r\n\r\n\r\n\r\n"
    assert end.search(buffer) is None
    for byte in b"\r\n\r":
        buffer.append(byte)
        assert end.search(buffer) is None
    buffer += b"\nbody"
    found = end.search(buffer)
    assert found is not None
    assert buffer[found.end() :] == b"body"
