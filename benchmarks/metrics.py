"""Metrics: what counting, request ids and access log lines cost the public reads."""

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.load import get
from benchmarks.machine import processor_seconds
from benchmarks.process import ServerProcess, movieserver
from benchmarks.reads import TOP_TEN, look_up, plain_nominees
from benchmarks.report import Result, Target, ratio
from benchmarks.rounds import Bench

PROFILE = """profile: measured
listen: 127.0.0.1:8080
shipped_data: true
stores: {movies: "sqlite:///movieserver.db"}
handlers:
  bestpictures: {access: public}
  top10: {access: public}
jobs: {refresh_nominees: , refresh_top10: , refresh_weighted: }
"""
COUNTED = PROFILE.replace("jobs:", "  metrics: {access: public}\njobs:")
OFF, ON, ACCESS = "nothing is noted", "metrics, request ids, slow requests", "access log as well"
PROFILES = {
    OFF: PROFILE + "log: {format: json, request_ids: false, slow_request: }\n",
    ON: COUNTED + "log: {format: json}\n",
    ACCESS: COUNTED + "log: {format: json, access: true}\n",
}
LOOK_UP, TEN = "look-up", "top ten"
LEAST = 0.95
"""The share of the throughput that must be left."""
CONNECTIONS = 16
SLICES = 40
"""Slices in a round: other load on the machine lasts longer, and so affects all servers alike."""
LARGEST = 65_536
"""Bytes that are read at a time."""


class Readers:
    """Connections to one server; each sends its own request again and again."""

    def __init__(self, stack: ExitStack, port: int, requests: Sequence[bytes]) -> None:
        self._connections = [
            (stack.enter_context(socket.create_connection(("127.0.0.1", port))), request)
            for request in requests
        ]
        self._ends = [b""] * len(requests)
        self._ends = [answer.partition(b"\r\n\r\n")[2] for answer in self.turn()]

    def turn(self) -> list[bytes]:
        """The answers to a request on each connection; raises ``RuntimeError`` if one fails."""
        for connection, request in self._connections:
            connection.sendall(request)
        return [
            whole(connection, end)
            for (connection, _), end in zip(self._connections, self._ends, strict=True)
        ]


def whole(connection: socket.socket, end: bytes) -> bytes:
    """A whole answer, up to the expected ``end``; raises ``RuntimeError`` unless it is a 200."""
    answer = connection.recv(LARGEST)
    while answer and not answer.endswith(end):
        answer += connection.recv(LARGEST)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"a request failed: {answer!r}")
    return answer


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("metrics")
    look_ups = [get(look_up(nominee["title"])) for nominee in plain_nominees(CONNECTIONS)]
    kinds = {LOOK_UP: look_ups, TEN: [get(TOP_TEN)] * CONNECTIONS}
    slices = Slices(bench.effort.rounds * SLICES, max(bench.effort.requests // 1000, 1))
    costs: dict[str, dict[str, list[float]]] = {name: {} for name in PROFILES}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(movieserver(written(folder, text), folder / "data", TOP_TEN))
            for name, text in PROFILES.items()
        }
        for kind, requests in kinds.items():
            for name, figures in slices.measured(servers, requests).items():
                costs[name][f"µs a {kind}"] = figures
    return Result("Metrics", {"public reads": costs}, targets(costs))


@dataclass(frozen=True)
class Slices:
    """Short loads on several servers, in turn."""

    count: int
    """Slices for each server."""
    turns: int
    """Requests on each connection in each slice."""

    def measured(
        self, servers: Mapping[str, ServerProcess], requests: Sequence[bytes]
    ) -> dict[str, list[float]]:
        """The processor time for each request, in µs, from each slice of a server to its next.

        So it includes what a server does after answering, such as writing log lines.
        """
        clocks: dict[str, list[float]] = {name: [] for name in servers}
        with ExitStack() as stack:
            readers = {
                name: Readers(stack, server.port, requests) for name, server in servers.items()
            }
            for _ in range(1 + self.count):
                for name, reader in readers.items():
                    clocks[name].append(processor_seconds(servers[name].pid))
                    for _ in range(self.turns):
                        reader.turn()
        per_request = 1e6 / (self.turns * len(requests))
        return {
            name: [(after - before) * per_request for before, after in pairwise(clock)]
            for name, clock in clocks.items()
        }


def written(folder: Path, profile: str) -> Path:
    """Write a profile to a new file."""
    path = folder / f"profile-{len(list(folder.glob('*.yaml')))}.yaml"
    path.write_text(profile)
    return path


def targets(costs: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Target]:
    """The targets, by processor time, which is what limits a server under full load."""
    return [
        Target(f"{kind}: {OFF} / {noted}", ratio(costs[OFF][kind], costs[noted][kind]), LEAST)
        for noted in (ON, ACCESS)
        for kind in (f"µs a {LOOK_UP}", f"µs a {TEN}")
    ]
