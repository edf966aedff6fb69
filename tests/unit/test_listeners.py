"""A stream's listeners: what they are told, when, and what becomes of those that do not read."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.iostream import IOStream, StreamClosedError

from movieserver.answers import Answer
from movieserver.handlers.listeners import Listeners, ServerSentEvent, beat
from movieserver.handlers.problems import Problem
from movieserver.handlers.top10_stream import StreamOptions, StreamRouter
from movieserver.memory.rankings import top_ten
from movieserver.memory.snapshot import Snapshot
from movieserver.testing import ManualClock

HEARTBEAT = beat(15.0)
HEAD = b"head\n\n"


def message(number: int, size: int = 10) -> ServerSentEvent:
    return ServerSentEvent.of("top10", f"m{number}", b"x" * size)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


class Room:
    """Listeners with clients at the other end of real sockets."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.listeners = Listeners(self.clock, heartbeat=15.0, patience=30.0)
        self.clients: list[IOStream] = []

    async def client(self, known: str | None = None) -> IOStream:
        """One more listener, which has read the head."""
        ours, theirs = socket.socketpair()
        self.listeners.join(IOStream(ours), HEAD, known)
        client = IOStream(theirs)
        self.clients.append(client)
        assert await client.read_until(HEAD) == HEAD
        return client

    async def beat(self) -> None:
        """Let the time to the next heartbeat pass."""
        await until(lambda: self.clock.sleepers == 1)
        self.clock.advance(15.0)


@asynccontextmanager
async def a_room() -> AsyncIterator[Room]:
    room = Room()
    yield room
    room.listeners.close()
    for client in room.clients:
        client.close()
    await asyncio.sleep(0)


def test_a_message_is_an_event_with_its_id() -> None:
    event = ServerSentEvent.of("top10", "abc", b'{"a": 1}')
    assert (event.id, event.body) == ("abc", b'event: top10\nid: abc\ndata: {"a": 1}\n\n')


@pytest.mark.gen_test
async def test_everyone_is_told_every_change_and_the_present_state_at_once() -> None:
    async with a_room() as room:
        first = await room.client()
        room.listeners.announce(message(1))
        assert await first.read_until(b"xx\n\n") == message(1).body
        second = await room.client()
        assert await second.read_until(b"xx\n\n") == message(1).body
        room.listeners.announce(message(2))
        for client in (first, second):
            assert await client.read_until(b"xx\n\n") == message(2).body


@pytest.mark.gen_test
@pytest.mark.parametrize("known", ["m0", "m99", "", "nonsense"])
async def test_who_knows_something_else_is_told_what_holds(known: str) -> None:
    async with a_room() as room:
        room.listeners.announce(message(1))
        client = await room.client(known)
        assert await client.read_until(b"xx\n\n") == message(1).body


@pytest.mark.gen_test
async def test_who_knows_what_holds_is_told_nothing_until_it_changes() -> None:
    async with a_room() as room:
        room.listeners.announce(message(1))
        client = await room.client("m1")
        room.listeners.announce(message(1))
        await room.beat()
        assert await client.read_bytes(len(HEARTBEAT)) == HEARTBEAT
        room.listeners.announce(message(2))
        assert await client.read_until(b"xx\n\n") == message(2).body


@pytest.mark.gen_test
async def test_one_that_is_gone_at_once_is_none() -> None:
    async with a_room() as room:
        ours, theirs = socket.socketpair()
        theirs.close()
        room.listeners.join(IOStream(ours), HEAD, None)
        assert len(room.listeners) == 0


@pytest.mark.gen_test
async def test_one_that_never_reads_does_not_delay_another_and_is_dropped() -> None:
    async with a_room() as room:
        deaf, good = await room.client(), await room.client()
        for number in range(200):
            room.listeners.announce(message(number, 20_000))
            told = await good.read_until(b"x\n\n")
            assert told == message(number, 20_000).body
        assert len(room.listeners) == 2
        for _ in range(3):
            await room.beat()
            assert await good.read_bytes(len(HEARTBEAT)) == HEARTBEAT
        await until(lambda: len(room.listeners) == 1)
        sent = await deaf.read_until_close()
        assert len(sent) < 200_000, "more was kept for it than the system's own buffers"


@pytest.mark.gen_test
async def test_one_that_reads_late_is_told_the_newest_only() -> None:
    async with a_room() as room:
        late = await room.client()
        for number in range(50):
            room.listeners.announce(message(number, 100_000))
            await asyncio.sleep(0)
        told = [await late.read_until(b"x\n\n") for _ in range(2)]
        assert told[-1] == message(49, 100_000).body
        for _ in range(4):
            await room.beat()
        assert await late.read_bytes(len(HEARTBEAT)) == HEARTBEAT


@pytest.mark.gen_test
async def test_changes_that_come_while_many_are_told_are_told_in_one() -> None:
    async with a_room() as room:
        clients = [await room.client() for _ in range(250)]
        for number in range(1, 4):
            room.listeners.announce(message(number))
            await asyncio.sleep(0)
        for client in clients[:100]:
            assert await client.read_until(b"xx\n\n") == message(1).body
            assert await client.read_until(b"xx\n\n") == message(3).body
        assert await clients[-1].read_until(b"xx\n\n") == message(3).body


@pytest.mark.gen_test
async def test_who_goes_away_or_says_something_is_forgotten() -> None:
    async with a_room() as room:
        goes, talks, stays = [await room.client() for _ in range(3)]
        goes.close()
        await talks.write(b"hello")
        await until(lambda: len(room.listeners) == 1)
        with pytest.raises(StreamClosedError):
            await talks.read_bytes(1)
        room.listeners.announce(message(1))
        assert await stays.read_until(b"xx\n\n") == message(1).body
        stays.close()
        await until(lambda: len(room.listeners) == 0)
        room.clock.advance(15.0)
        await until(lambda: room.clock.sleepers == 0)
        again = await room.client()
        await again.read_until(b"xx\n\n")
        await room.beat()
        assert await again.read_bytes(len(HEARTBEAT)) == HEARTBEAT


@pytest.mark.gen_test
async def test_all_end_when_the_server_does() -> None:
    async with a_room() as room:
        client = await room.client()
        room.listeners.close()
        assert room.listeners.closed
        with pytest.raises(StreamClosedError):
            await client.read_bytes(1)


def test_nobody_can_listen_while_the_server_stops() -> None:
    clock = ManualClock()
    listeners = Listeners(clock, heartbeat=15.0, patience=30.0)
    top10 = Snapshot[Answer]("top10", clock)
    top10.replace(top_ten([]))
    router = StreamRouter(listeners, top10, StreamOptions())
    line = RequestStartLine("GET", "/movies/top10/stream", "HTTP/1.1")
    request = HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "here"}))
    router.check(request)
    listeners.close()
    with pytest.raises(Problem) as refused:
        router.check(request)
    assert refused.value.detail == "This server is stopping."
