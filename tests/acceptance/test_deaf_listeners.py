"""Stream clients that never read, beside one that does, over real sockets."""

import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from movieserver.tokens.secret import make_secret
from tests.conftest import Start
from tests.processes import PATIENCE, Process, eventually
from tests.streams import PATH, Stream, listeners, told

PROFILE = """\
profile: deaf
listen: 127.0.0.1:0
shipped_data: true
stores:
  movies: sqlite:///movieserver.db
  rates: sqlite:///movieserver.db
  events: sqlite:///movieserver.db
handlers:
  top10_stream: {access: public, heartbeat: 0.1, patience: %s}
  rates: {access: token}
  metrics: {access: public}
jobs:
  refresh_top10: {period: 0.02}
  refresh_view: {period: 0.02}
  relay_rates: {linger: 0}
  consume_rates:
"""
DEAF = 200
CHANGES = 100
ROOM = 8_000_000
"""Bytes that the server may grow by; to keep every event for the deaf takes three times that."""
PROMPT = 2.0
"""Seconds from a rate to its event, on a busy machine too."""


@contextmanager
def deaf(server: Process) -> Iterator[socket.socket]:
    """A client with little room that asks for the stream and reads nothing of it."""
    address = urlsplit(server.url)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.settimeout(PATIENCE)
        client.connect((address.hostname, address.port))
        client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        yield client


@pytest.fixture
def patient(start: Start, data: Path, tmp_path: Path) -> Callable[[float], Process]:
    """Starts a server that drops who takes nothing for some seconds."""
    make_secret(data)

    def started(seconds: float) -> Process:
        profile = tmp_path / "deaf.yaml"
        profile.write_text(PROFILE % seconds)
        return start("--profile", str(profile))

    return started


def test_they_delay_nobody_and_cost_bounded_memory(patient: Callable[[float], Process]) -> None:
    server = patient(600)
    with ExitStack() as stack:
        for _ in range(DEAF):
            stack.enter_context(deaf(server))
        eventually(lambda: listeners(server) == DEAF)
        stream = stack.enter_context(Stream(server))
        stream.event()
        before = told(server, "process_resident_memory_bytes")
        slowest = 0.0
        for number in range(CHANGES):
            begun = time.monotonic()
            assert server.rate(f"user{number}", "tt0050083", 10).status_code == 200
            assert f'"rate_count": {number + 1},' in stream.event()["data"]
            slowest = max(slowest, time.monotonic() - begun)
        assert slowest < PROMPT
        assert told(server, "process_resident_memory_bytes") - before < ROOM
        assert listeners(server) == DEAF + 1


def test_they_are_dropped_when_patience_is_over(patient: Callable[[float], Process]) -> None:
    server = patient(0.2)
    with deaf(server) as client, Stream(server) as stream:
        eventually(lambda: listeners(server) == 2)
        changes = 0

        def dropped() -> bool:
            nonlocal changes
            changes += 1
            server.rate(f"user{changes}", "tt0050083", 10)
            stream.event()
            return listeners(server) == 1

        eventually(dropped)
        assert changes > 10, "it was dropped before it was slow"
        kept = b"".join(iter(lambda: client.recv(65_536), b""))
        assert kept.startswith(b"HTTP/1.1 200 OK\r\n")
        assert len(kept) < 200_000
        assert server.rate("late", "tt0068646", 10).status_code == 200
        while "tt0068646" not in stream.event()["data"]:
            pass


def test_files_for_all_listeners_are_asked_of_the_system(start: Start) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        server = start("--profile", "dev")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    raised, _ = resource.prlimit(server.popen.pid, resource.RLIMIT_NOFILE)
    assert raised == min(10_512, hard)
