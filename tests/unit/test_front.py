"""Connections that owe a request for too long are closed; others are not."""

import asyncio

import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets
from tornado.routing import PathMatches, Rule, RuleRouter
from tornado.tcpclient import TCPClient

from movieserver.answers import Answer
from movieserver.handlers.front import Front
from movieserver.handlers.memory import MemoryRouter
from movieserver.testing import ManualClock

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = REQUEST.removesuffix(b"\r\n")
ENDLESS = (
    b"",
    REQUEST[:20],
    HEAD + b"Content-Length: 10\r\n\r\nabc",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n3fffffff\r\nabc",
)
"""Beginnings of requests that never get an end."""


def answer(_request: HTTPServerRequest) -> Answer:
    return Answer.of({})


async def exchange(stream: IOStream) -> None:
    await stream.write(REQUEST)
    await stream.read_until(b"{}")


@pytest.mark.gen_test
async def test_silent_connections_are_closed() -> None:
    clock = ManualClock()
    front = Front(RuleRouter([Rule(PathMatches("/"), MemoryRouter(answer))]), clock, 8.0)
    server = HTTPServer(front)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    sweeping = asyncio.create_task(front.sweep())
    client = TCPClient()
    port = sockets[0].getsockname()[1]
    busy, *silent = [await client.connect("127.0.0.1", port) for _ in range(1 + len(ENDLESS))]
    for stream, beginning in zip(silent, ENDLESS, strict=True):
        await stream.write(beginning)
    for _ in range(5):
        await exchange(busy)
        clock.advance(4.0)
        await asyncio.sleep(0)
    for stream in silent:
        with pytest.raises(StreamClosedError):
            await stream.read_until(b"never")
    await exchange(busy)
    clock.advance(20.0)
    with pytest.raises(StreamClosedError):
        await busy.read_until(b"never")
    sweeping.cancel()
    server.stop()
    await server.close_all_connections()
    client.close()


@pytest.mark.gen_test
async def test_connections_that_went_are_not_kept() -> None:
    front = Front(RuleRouter([Rule(PathMatches("/"), MemoryRouter(answer))]), ManualClock(), 8.0)
    server = HTTPServer(front)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    client = TCPClient()
    for _ in range(10):
        stream = await client.connect("127.0.0.1", sockets[0].getsockname()[1])
        await exchange(stream)
        stream.close()
    async with asyncio.timeout(20):
        while front._waiting:
            await asyncio.sleep(0.001)
    server.stop()
    client.close()


@pytest.mark.gen_test
async def test_who_does_not_read_an_answer_is_not_waited_for() -> None:
    clock = ManualClock()
    large = Answer.of_bytes(b"x" * 50_000_000, "text/plain")
    front = Front(RuleRouter([Rule(PathMatches("/"), MemoryRouter(lambda _: large))]), clock, 8.0)
    server = HTTPServer(front)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    sweeping = asyncio.create_task(front.sweep())
    client = TCPClient()
    stream = await client.connect("127.0.0.1", sockets[0].getsockname()[1])
    await stream.write(REQUEST)
    async with asyncio.timeout(20):
        while not any(complete for _, complete in front._waiting.values()):
            await asyncio.sleep(0.001)
        while front._waiting:
            clock.advance(4.0)
            await asyncio.sleep(0.001)
    sweeping.cancel()
    server.stop()
    await server.close_all_connections()
    client.close()
