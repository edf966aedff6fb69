"""Large answers come compressed to those who take it; small ones never do."""

import gzip

import pytest
import requests

from tests.processes import Process

GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


def raw(server: Process, path: str, headers: dict[str, str]) -> tuple[requests.Response, bytes]:
    """The answer, and its body as it came over the wire."""
    answer = server.get(path, headers=headers, stream=True)
    body = answer.raw.read(decode_content=False)
    assert len(body) == int(answer.headers["Content-Length"])
    return answer, body


@pytest.mark.parametrize("path", ["/openapi.json", "/movies/top10?rank=weighted"])
def test_an_answer_from_memory_has_a_tag_for_each_form(server: Process, path: str) -> None:
    small, packed = raw(server, path, GZIP)
    large, body = raw(server, path, PLAIN)
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in large.headers
    assert gzip.decompress(packed) == body
    assert len(packed) < len(body) / 2
    assert small.headers["ETag"] != large.headers["ETag"]
    for form, headers in ((small, GZIP), (large, PLAIN)):
        assert form.headers["Vary"] == "Accept-Encoding"
        again = server.get(path, headers=headers | {"If-None-Match": form.headers["ETag"]})
        assert (again.status_code, again.headers["ETag"]) == (304, form.headers["ETag"])
        assert again.headers["Vary"] == "Accept-Encoding"


def test_an_answer_of_the_store_is_compressed_too(server: Process) -> None:
    small, packed = raw(server, "/movies/top?limit=100", GZIP)
    large, body = raw(server, "/movies/top?limit=100", PLAIN)
    assert gzip.decompress(packed) == body
    assert (small.headers["Vary"], large.headers["Vary"]) == ("Accept-Encoding",) * 2


@pytest.mark.parametrize("path", ["/movies/bestpictures?title=Wings", "/movies/top?limit=1"])
def test_a_small_answer_is_not(server: Process, path: str) -> None:
    answer, body = raw(server, path, GZIP)
    assert body.startswith(b"{")
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("br;q=0, gzip", True),
        ("gzip;Q=0.0", False),
        ("x-gzip", True),
        ("notgzip", False),
        ("br", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("path", ["/openapi.json", "/movies/top?limit=100"])
def test_who_takes_it(server: Process, path: str, accepted: str, compressed: bool) -> None:
    answer, _body = raw(server, path, {"Accept-Encoding": accepted})
    assert ("Content-Encoding" in answer.headers) == compressed
