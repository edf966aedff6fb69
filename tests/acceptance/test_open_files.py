"""A server that may open no more files, tried with real connections."""

import resource
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.conftest import Start
from tests.processes import PATIENCE, Process, eventually

ROOM, CLIENTS = 10, 60
REQUEST = b"GET /movies/top10 HTTP/1.1\r\nHost: here\r\n\r\n"


def limit(server: Process, room: int) -> None:
    """Let the server open ``room`` files more than it has."""
    highest = max(int(each.name) for each in Path(f"/proc/{server.popen.pid}/fd").iterdir())
    _, hard = resource.prlimit(server.popen.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.popen.pid, resource.RLIMIT_NOFILE, (highest + 1 + room, hard))


def asked(server: Process, stack: ExitStack) -> bytes:
    """The beginning of the answer to one more connection, which stays open."""
    address = urlsplit(server.url)
    client = stack.enter_context(
        socket.create_connection((address.hostname, address.port), PATIENCE)
    )
    client.sendall(REQUEST)
    return client.recv(65_536)


def test_connections_beyond_the_files_are_refused_and_nothing_else_happens(start: Start) -> None:
    server = start("--profile", "dev")
    server.get("/movies/top10")
    limit(server, ROOM)
    with ExitStack() as stack:
        answers = [asked(server, stack) for _ in range(CLIENTS)]
        served = [each for each in answers if each.startswith(b"HTTP/1.1 200 ")]
        refused = [each for each in answers if each.startswith(b"HTTP/1.1 503 ")]
        assert 0 < len(served) <= ROOM
        assert len(served) + len(refused) == CLIENTS
        assert b"\r\nRetry-After: 1\r\n" in refused[0]
        assert b"no room for more connections" in refused[0]
        assert server.top10(), "who is connected is served"
    eventually(lambda: requests.get(f"{server.url}/movies/top10", timeout=5).status_code == 200)
    assert server.terminate() == 0
    output = "".join(server.output)
    assert output.count("connections are refused") == 1
    assert "Traceback" not in output
