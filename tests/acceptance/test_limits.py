"""Limits as clients see them: by user where there is one, by address where not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.descriptions import check, described
from tests.processes import Process

PROFILE = str(Path(__file__).with_name("limited.yaml"))
RATE = "/movies/tt0050083/users/rate"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    process = Process("--profile", PROFILE, data=tmp_path / "data")
    yield process
    assert process.terminate() == 0


def left(answer: requests.Response) -> str:
    return answer.headers["RateLimit"].partition(";t=")[0]


def test_a_public_resource_counts_addresses(server: Process) -> None:
    document = described(server)
    for expected in ('"bestpictures";r=1', '"bestpictures";r=0'):
        answer = server.get("/movies/bestpictures?title=Wings")
        assert (answer.status_code, left(answer)) == (200, expected)
        assert answer.headers["RateLimit-Policy"] == '"bestpictures";q=2;w=3600'
        check(document, "/movies/bestpictures", "get", answer)
    refused = server.get("/movies/bestpictures?title=Wings", headers=server.bearer("alice"))
    assert (refused.status_code, left(refused)) == (429, '"bestpictures";r=0')
    assert refused.json()["title"] == "Too Many Requests"
    assert 1700 <= int(refused.headers["Retry-After"]) <= 1800
    check(document, "/movies/bestpictures", "get", refused)
    assert server.call("OPTIONS", "/movies/bestpictures").status_code == 204
    unlimited = server.get("/movies/top10")
    assert unlimited.status_code == 200
    assert "RateLimit" not in unlimited.headers


def test_a_users_resource_counts_users(server: Process) -> None:
    document = described(server)
    assert server.get(RATE).status_code == 401
    for expected in (2, 1):
        answer = server.rate("alice", "tt0050083", 9)
        assert (answer.status_code, left(answer)) == (200, f'"rates";r={expected}')
        check(document, "/movies/{id}/users/rate", "post", answer)
    missing = server.get("/movies/tt1/users/rate", headers=server.bearer("alice"))
    assert (missing.status_code, left(missing)) == (404, '"rates";r=0')
    refused = server.call("DELETE", RATE, headers=server.bearer("alice"))
    assert refused.status_code == 429
    check(document, "/movies/{id}/users/rate", "delete", refused)
    assert left(server.rate("bob", "tt0050083", 9)) == '"rates";r=2'


def test_a_stream_counts_who_joins(server: Process) -> None:
    with server.get("/movies/top10/stream", stream=True) as joined:
        assert (joined.status_code, left(joined)) == (200, '"top10_stream";r=0')
    refused = server.get("/movies/top10/stream")
    assert refused.status_code == 429
    check(described(server), "/movies/top10/stream", "get", refused)
