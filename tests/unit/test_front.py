"""Connections that owe a request for too long are closed; others are not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets
from tornado.routing import PathMatches, Rule, RuleRouter
from tornado.tcpclient import TCPClient

from movieserver.answers import Answer
from movieserver.handlers.front import Front
from movieserver.handlers.memory import MemoryRouter
from movieserver.handlers.observation import Notes, Observer
from movieserver.metrics import RouteMeter
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


async def exchange(stream: IOStream) -> None:
    await stream.write(REQUEST)
    await stream.read_until(b"{}")


@asynccontextmanager
async def serving(
    answer: Answer, clock: ManualClock, meter: RouteMeter | None = None
) -> AsyncIterator[tuple[Front, int]]:
    """A front that gives one answer, sweeps every few seconds, and listens on a port.

    At the path /silence it gives none. At /slow, it gives it after 2 seconds, while the machine's
    clock is set back.
    """

    def slow(_: HTTPServerRequest) -> Answer:
        clock.set_back(3600.0)
        clock.advance(2.0)
        return answer

    rules = [
        Rule(PathMatches("/"), MemoryRouter(lambda _: answer)),
        Rule(PathMatches("/silence"), lambda _: None),
        Rule(PathMatches("/slow"), MemoryRouter(slow, Observer("/slow", Notes(), meter))),
    ]
    router = RuleRouter(rules)
    front = Front(router, clock, 8.0)
    server = HTTPServer(front)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    sweeping = asyncio.create_task(front.sweep())
    async with asyncio.timeout(20):
        yield front, sockets[0].getsockname()[1]
    sweeping.cancel()
    server.stop()
    await server.close_all_connections()


@pytest.fixture
def client(io_loop: IOLoop) -> Iterator[TCPClient]:
    client = TCPClient()
    yield client
    client.close()


@pytest.mark.gen_test(timeout=30)
async def test_silent_connections_are_closed(client: TCPClient) -> None:
    clock = ManualClock()
    async with serving(Answer.of({}), clock) as (_, port):
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


@pytest.mark.gen_test(timeout=30)
async def test_a_body_may_take_as_long_as_the_headers(client: TCPClient) -> None:
    clock = ManualClock()
    async with serving(Answer.of({}), clock) as (front, port):
        stream = await client.connect("127.0.0.1", port)
        while not front._waiting:
            await asyncio.sleep(0.001)
        clock.advance(7.0)
        await stream.write(HEAD + b"Content-Length: 1\r\n\r\n")
        while (clock.monotonic(), False) not in front._waiting.values():
            await asyncio.sleep(0.001)
        clock.advance(7.0)
        await stream.write(b"x")
        await stream.read_until(b"{}")


@pytest.mark.gen_test(timeout=30)
async def test_who_has_sent_a_body_and_waits_for_the_answer_owes_nothing(client: TCPClient) -> None:
    clock = ManualClock()
    async with serving(Answer.of({}), clock) as (front, port):
        stream = await client.connect("127.0.0.1", port)
        await stream.write(b"POST /silence HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
        while not any(complete for _, complete in front._waiting.values()):
            await asyncio.sleep(0.001)
        for _ in range(5):
            clock.advance(4.0)
            await asyncio.sleep(0)
        assert len(front._waiting) == 1


@pytest.mark.gen_test(timeout=30)
async def test_the_time_to_read_an_answer_begins_with_the_answer(client: TCPClient) -> None:
    clock, body = ManualClock(), b"x" * 10_000_000
    async with serving(Answer.of({}), clock) as (front, port):
        stream = await client.connect("127.0.0.1", port)
        await stream.write(b"GET /silence HTTP/1.1\r\nHost: x\r\n\r\n")
        while not any(complete for _, complete in front._waiting.values()):
            await asyncio.sleep(0.001)
        for _ in range(5):
            clock.advance(4.0)
            await asyncio.sleep(0)
        (connection,) = front._waiting
        headers = HTTPHeaders({"Content-Length": str(len(body))})
        writing = connection.write_headers(ResponseStartLine("HTTP/1.1", 200, "OK"), headers, body)
        for _ in range(2):
            clock.advance(4.0)
            await asyncio.sleep(0)
        assert (await stream.read_until(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        assert len(await stream.read_bytes(len(body))) == len(body)
        await writing


@pytest.mark.gen_test(timeout=30)
async def test_connections_that_went_are_not_kept(client: TCPClient) -> None:
    async with serving(Answer.of({}), ManualClock()) as (front, port):
        streams = [await client.connect("127.0.0.1", port) for _ in range(10)]
        for stream in streams:
            await exchange(stream)
        assert len(front._waiting) == len(streams)
        for stream in streams:
            stream.close()
        while front._waiting:
            await asyncio.sleep(0.001)


@pytest.mark.gen_test(timeout=30)
async def test_who_does_not_read_an_answer_is_not_waited_for(client: TCPClient) -> None:
    clock = ManualClock()
    async with serving(Answer.of_bytes(b"x" * 50_000_000, "text/plain"), clock) as (front, port):
        stream = await client.connect("127.0.0.1", port)
        await stream.write(REQUEST)
        while not any(complete for _, complete in front._waiting.values()):
            await asyncio.sleep(0.001)
        while front._waiting:
            clock.advance(4.0)
            await asyncio.sleep(0.001)


@pytest.mark.gen_test(timeout=30)
async def test_a_clock_that_is_set_back_shortens_no_request(client: TCPClient) -> None:
    meter = RouteMeter()
    async with serving(Answer.of({}), ManualClock(), meter) as (_, port):
        stream = await client.connect("127.0.0.1", port)
        await stream.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await stream.read_until(b"{}")
    assert meter.seconds()["GET"].sum == pytest.approx(2.0)
