"""What the contract says of every path and method, over a real socket."""

import socket
from pathlib import Path

import pytest

from tests.problems import refused
from tests.processes import Process

RATE = "/movies/tt0050083/users/rate"


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT", "TRACE", "FOO"])
def test_a_path_that_nothing_has_is_a_404_for_every_method(server: Process, method: str) -> None:
    for path in ("/nope", "/movies/bestpictures/nope/", "/movies/a/b"):
        answer = server.call(method, path)
        assert refused(answer, 404) == "There is nothing at this path."
        assert "Allow" not in answer.headers
        assert answer.headers["X-Request-Id"]


def test_conditional_requests(server: Process) -> None:
    for path in ("/movies/top10", "/movies/bestpictures?title=Wings"):
        first = server.get(path)
        tag = first.headers["ETag"]
        for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = server.get(path, headers={"If-None-Match": condition})
            assert (again.status_code, again.content) == (304, b"")
        assert server.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        head = server.call("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == first.headers["Content-Length"]


@pytest.mark.parametrize(
    "path", ["/movies/top10", "/movies/bestpictures", "/movies/top", "/movies/tt0050083", RATE]
)
def test_methods_that_are_not_possible(server: Process, path: str) -> None:
    headers = server.bearer("alice")
    answer = server.call("PUT", path, json={}, headers=headers)
    refused(answer, 405)
    assert "GET" in answer.headers["Allow"]
    assert server.call("OPTIONS", path, headers=headers).headers["Allow"] == answer.headers["Allow"]


def test_paths_that_nothing_has(server: Process) -> None:
    for path in (
        "/nowhere",
        "/movies",
        "/movies/",
        "/movies/a/b",
        "/favicon.ico",
        f"{RATE}/x",
    ):
        refused(server.get(path), 404)
    refused(server.get("/movies/nosuchfilm"), 404)
    refused(server.get("/movies/a b c"), 400)
    undecodable = server.get("/movies/%ff")
    refused(undecodable, 400)
    assert undecodable.json()["message"] == "The path is not UTF-8."


def test_health(server: Process) -> None:
    assert server.get("/health/live").json() == {"live": True}
    ready = server.get("/health/ready")
    assert ready.status_code == 200
    health = ready.json()
    assert health["stores"] == {role: {"up": True} for role in ("movies", "rates", "events")}
    assert health["memory"].keys() == {"nominees", "top10", "weighted", "movies"}
    assert all(0 <= state["age_seconds"] < 70 for state in health["memory"].values())


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /movies/top10 HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"POST " + RATE.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST " + RATE.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\n",
        b"BREW /movies/top10 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /movies/bestpictures?title=%E0%80%80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /movies/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n\r\nnonsense\r\n\r\n",
    ],
)
def test_malformed_requests_are_never_a_500(server: Process, raw: bytes) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(raw)
        connection.settimeout(10)
        answer = connection.recv(65536)
    assert b" 500 " not in answer.split(b"\r\n", 1)[0]
    assert server.get("/health/live").status_code == 200


@pytest.mark.parametrize("path", ["/movies/top10", "/movies/top", "/health/live", "/nowhere"])
def test_no_answer_names_the_software(server: Process, path: str) -> None:
    assert "Server" not in server.get(path).headers


def test_the_data_folder_is_private(server: Process) -> None:
    secrets = [p for p in Path(server.data).iterdir() if "secret" in p.name]
    assert [p.stat().st_mode & 0o777 for p in secrets] == [0o600]
