"""Request ids, the lines of requests, and what is never in a line, of a real server."""

import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Start
from tests.processes import Process, eventually, token

PROFILE = """profile: mine
listen: 127.0.0.1:0
shipped_data: true
make_secret: true
stores: {movies: "sqlite:///m.db", rates: "sqlite:///m.db", events: "sqlite:///m.db"}
handlers:
  bestpictures: {access: public}
  rates: {access: token}
  health: {access: public}
  "tests.acceptance.surprise:resource": {access: public}
jobs: {refresh_nominees: {}}
log: {level: LEVEL, format: json, access: ACCESS, slow_request: SLOW}
"""


@pytest.fixture
def profile(tmp_path: Path) -> Any:
    """Writes a profile with the given settings of its log, and gives its path."""

    def written(level: str = "info", access: str = "true", slow: str = "60") -> str:
        text = PROFILE.replace("LEVEL", level).replace("ACCESS", access).replace("SLOW", slow)
        (tmp_path / "mine.yaml").write_text(text)
        return str(tmp_path / "mine.yaml")

    return written


def lines(server: Process, logger: str) -> list[dict[str, Any]]:
    """The events of a logger."""
    found = [json.loads(line) for line in server.output if line.startswith("{")]
    return [event for event in found if event["logger"] == logger]


PATHS = [
    "/movies/bestpictures?title=Parasite",
    "/movies/top10/stream",
    "/health/live",
    "/movies/bestpictures",
    "/nowhere",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_id_of_its_request(start: Start, path: str) -> None:
    server = start("--profile", "dev")
    echoed, *made = (
        server.call("GET", path, headers={"X-Request-Id": given}, stream=True)
        for given in ("mine-1", "not sane", "x" * 65)
    )
    assert echoed.headers["X-Request-Id"] == "mine-1"
    ids = {answer.headers["X-Request-Id"] for answer in made}
    assert len(ids) == 2
    assert not ids & {"not sane", "x" * 65}
    if echoed.status_code >= 400:
        assert echoed.json()["request_id"] == "mine-1"


def test_the_access_log_has_every_request_with_its_id(start: Start, profile: Any) -> None:
    server = start("--profile", profile())
    server.get("/movies/bestpictures?title=Parasite", headers={"X-Request-Id": "one"})
    server.get("/health/live", headers={"X-Request-Id": "two"})
    found = eventually(lambda: len(e := lines(server, "movieserver.access")) == 2 and e)
    assert [(e["request_id"], e["route"], e["status"], e["remote"]) for e in found] == [
        ("one", "/movies/bestpictures", 200, "127.0.0.1"),
        ("two", "/health/live", 200, "127.0.0.1"),
    ]
    assert found[0]["message"] == "GET /movies/bestpictures 200"


def test_a_slow_request_has_a_warning(start: Start, profile: Any) -> None:
    server = start("--profile", profile(access="false", slow="0.001"))
    server.get("/surprise?seconds=0.01", headers={"X-Request-Id": "three"})
    [event] = eventually(lambda: lines(server, "movieserver.handlers.observation"))
    assert event["request_id"] == "three"
    assert event["message"].startswith("slow request: GET /surprise 200 ")
    assert lines(server, "movieserver.access") == []


def test_what_is_no_request_has_a_line_with_the_id_of_its_answer(
    start: Start, profile: Any
) -> None:
    server = start("--profile", profile())
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(b"hello\r\n\r\n")
        problem = json.loads(
            b"".join(iter(lambda: connection.recv(4096), b"")).split(b"\r\n\r\n")[1]
        )
    [event] = eventually(lambda: lines(server, "movieserver.handlers.framing"))
    assert event["request_id"] == problem["request_id"]
    assert event["message"] == f"127.0.0.1 was answered 400: {problem['detail']}"
    assert lines(server, "tornado.general") == []


def test_no_line_has_a_secret(start: Start, profile: Any) -> None:
    server = start("--profile", profile("debug"))
    secret, key = token(server.data, "alice"), "sk-1234"
    bearer = server.bearer("alice")
    server.rate("alice", "tt6751668", 9)
    server.get(f"/users/rates?access_token={secret}", headers=bearer)
    server.get("/users/rates", headers={"Authorization": f"Bearer {secret}x"})
    server.get("/users/rates", headers={**bearer, "X-Request-Id": secret})
    server.get(f"/movies/{secret}/users/rate", headers=bearer)
    server.call(secret, "/movies/top10")
    assert server.get(f"/surprise?token={secret}", headers=bearer).status_code == 500
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        head = f"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Api-Key: {key}\x01\r\n\r\n"
        connection.sendall(head.encode())
        assert key not in connection.recv(4096).decode()
    eventually(lambda: any("Invalid header value" in line for line in server.output))
    eventually(lambda: any("/surprise failed" in line for line in server.output))
    eventually(lambda: len(lines(server, "movieserver.access")) == 7)
    parts = (key, *secret.split("."))
    assert not any(part in line for line in server.output for part in parts)
