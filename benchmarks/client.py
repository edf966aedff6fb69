"""A load generator for machines without wrk: ``python -m benchmarks.client``.

Its arguments are PORT FILE CONNECTIONS SECONDS. A request costs it half as much again as wrk, and
the latencies that it reports include its own delays.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import cast

import httptools
import uvloop


class Tally:
    """Counts answers and failures, and keeps how long each answer took."""

    def __init__(self, requests: Iterator[bytes], seconds: float) -> None:
        self.requests = requests
        self.started = time.perf_counter()
        self.deadline = self.started + seconds
        self.latencies: list[float] = []
        self.failed = 0

    def as_json(self) -> str:
        """What was measured, as one line of JSON."""
        seconds = time.perf_counter() - self.started
        latencies = sorted(self.latencies)
        p99_ms = latencies[len(latencies) * 99 // 100] * 1e3 if latencies else 0.0
        measured = {"requests": len(latencies), "seconds": seconds, "p99_ms": p99_ms}
        return json.dumps({**measured, "failed": self.failed})


class Connection(asyncio.Protocol):
    """Sends a request, waits for the answer and sends the next one, until the time is up."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at = 0.0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self._tally.latencies.append(now - self._sent_at)
        self._tally.failed += self._parser.get_status_code() >= 400
        if now < self._tally.deadline:
            self._send()
        else:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self._tally.failed += 1
            self._end()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._tally.requests))

    def _end(self) -> None:
        self.ended.set_result(None)
        self._transport.close()


async def load(port: int, requests: list[bytes], connections: int, seconds: float) -> str:
    """Keep ``connections`` busy for ``seconds``; returns what was measured as JSON."""
    tally = Tally(cycle(requests), seconds)
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(tally), "127.0.0.1", port)
        for _ in range(connections)
    ]
    _, unanswered = await asyncio.wait([each.ended for _, each in made], timeout=seconds + 10)
    tally.failed += len(unanswered)
    return tally.as_json()


def main() -> None:
    port, file, connections, seconds = sys.argv[1:]
    requests = Path(file).read_bytes().split(b"\0")
    print(uvloop.run(load(int(port), requests, int(connections), float(seconds))))


if __name__ == "__main__":
    main()
