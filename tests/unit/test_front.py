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
    busy, silent = [await client.connect("127.0.0.1", port) for _ in range(2)]
    await silent.write(REQUEST[:20])  # a beginning that has no end
    for _ in range(5):
        await exchange(busy)
        clock.advance(4.0)
        await asyncio.sleep(0)
    with pytest.raises(StreamClosedError):
        await silent.read_until(b"never")
    await exchange(busy)
    clock.advance(20.0)
    with pytest.raises(StreamClosedError):
        await busy.read_until(b"never")
    sweeping.cancel()
    server.stop()
    await server.close_all_connections()
    client.close()
