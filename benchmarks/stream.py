"""Stream: seconds from an accepted rate to its event, and what idle listeners cost."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.effort import Effort
from benchmarks.load import get, post
from benchmarks.machine import resident_megabytes
from benchmarks.process import PATIENCE, ServerProcess, movieserver
from benchmarks.report import Result, Table, Target, ratio
from benchmarks.rounds import Bench
from movieserver.clock import SystemClock
from movieserver.process.file_limit import raise_file_limit
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import make_secret

MOVIE = "tt0050083"
PATH = "/movies/top10/stream"
RATE = 200
"""Posts per second."""
CONNECTIONS = 8
CHANGES = 5
"""Rates that are given, one after another, while many listen."""
ALONE = f"one listener, {RATE} posts/s"
EACH, LAST = "resident kB each", "rate to the last one's event s"


class Event(NamedTuple):
    """An event that a listener received."""

    at: float
    rates: int
    """How many rates the film has by then."""


class Listener:
    """One open stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int) -> "Listener":
        """A stream that the server has accepted, with its first event still unread."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(get(PATH))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"a stream is answered {head!r}")
        return cls(reader, writer)

    async def until(self, rates: int) -> list[Event]:
        """The events up to the first that gives the film at least ``rates`` rates."""
        events: list[Event] = []
        while not events or events[-1].rates < rates:
            line = await self._reader.readuntil(b"\n")
            if line.startswith(b"data: {"):
                films = json.loads(line.removeprefix(b"data: "))["result"]
                counts = [film["rate_count"] for film in films if film["id"] == MOVIE]
                events.append(Event(time.perf_counter(), sum(counts)))
        return events


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("stream")
    with dev(folder / "alone") as (server, data):
        alone = asyncio.run(freshness(server.port, data, bench.effort))
    listeners = bench.effort.requests
    with dev(folder / "many") as (server, data):
        many = asyncio.run(idle(server, data, listeners))
    figures = {
        f"{name} s": [quantile(alone, part)]
        for name, part in {"median": 0.5, "p99": 0.99, "max": 1.0}.items()
    }
    tables: dict[str, Table] = {
        "rate to event": {ALONE: figures},
        "idle listeners": {f"{listeners:,}": many},
    }
    targets = [
        Target("p99 of rate to event, s", ratio(figures["p99 s"], [1.0]), at_most=1.5),
        Target("kB of an idle listener", ratio(many[EACH], [1.0]), at_most=10.0),
    ]
    return Result("The top ten as a stream", tables, targets)


@contextmanager
def dev(data: Path) -> Iterator[tuple[ServerProcess, Path]]:
    """A server with the profile ``dev``, and its data folder."""
    with movieserver("dev", data, "/movies/top10") as server:
        yield server, data


async def freshness(port: int, data: Path, effort: Effort) -> list[float]:
    """Seconds from each answer to the first event that has all rates answered by then."""
    requests = posts(data, max(int(RATE * effort.seconds * effort.rounds), CONNECTIONS))
    listener = await Listener.open(port)
    async with asyncio.timeout(PATIENCE + len(requests) / RATE), asyncio.TaskGroup() as group:
        told = group.create_task(listener.until(len(requests)))
        answered = await group.create_task(paced(port, requests))
    listener.writer.close()
    events = iter(told.result())
    event = next(events)
    waits = []
    for number, moment in enumerate(sorted(answered), 1):
        while event.rates < number:
            event = next(events)
        waits.append(max(event.at - moment, 0.0))
    return waits


async def paced(port: int, requests: list[bytes]) -> list[float]:
    """Post at a steady pace; returns the times at which the posts were answered."""
    started = time.perf_counter()

    async def some(first: int) -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answered = []
        for number in range(first, len(requests), CONNECTIONS):
            await asyncio.sleep(started + number / RATE - time.perf_counter())
            writer.write(requests[number])
            await accepted(reader)
            answered.append(time.perf_counter())
        writer.close()
        return answered

    answered = await asyncio.gather(*map(some, range(CONNECTIONS)))
    return [moment for moments in answered for moment in moments]


async def accepted(reader: asyncio.StreamReader) -> None:
    """Read an answer; raises ``RuntimeError`` unless it is a 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"a rate is answered {head!r}")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    await reader.readexactly(int(length))


async def idle(server: ServerProcess, data: Path, count: int) -> dict[str, list[float]]:
    """What ``count`` listeners cost, and how long it takes until the last one gets a change."""
    raise_file_limit(count + 512)
    before = resident_megabytes(server.pid)
    listeners = [await Listener.open(server.port) for _ in range(count)]
    after = resident_megabytes(server.pid)
    waits = []
    for number, request in enumerate(posts(data, CHANGES), 1):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request)
        await accepted(reader)
        moment = time.perf_counter()
        events = await asyncio.wait_for(listeners[-1].until(number), PATIENCE)
        waits.append(events[-1].at - moment)
        writer.close()
    for listener in listeners:
        listener.writer.close()
    return {EACH: [(after - before) * 1e3 / count], LAST: waits}


def posts(data: Path, count: int) -> list[bytes]:
    """Requests with the same rate by ``count`` users."""
    secret, clock = make_secret(data), SystemClock()
    tokens = [issue_token(secret, f"user{number}", 3600, clock) for number in range(count)]
    return [post(f"/movies/{MOVIE}/users/rate", token, b'{"rate": 9}') for token in tokens]


def quantile(values: list[float], part: float) -> float:
    """The value that a share ``part`` of all values does not exceed."""
    return sorted(values)[max(int(len(values) * part + 0.5) - 1, 0)]
