"""What is hardly HTTP, or no HTTP at all, over a bare socket: an answer says what is wrong."""

import json
import socket
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any

import pytest

from tests.processes import Process, eventually

RATE = "/movies/tt0050083/users/rate"
TOP10 = "/movies/top10"


def connected(server: Process) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), 10)


def exchange(server: Process, raw: bytes) -> tuple[int, dict[str, str], bytes, bool]:
    """The status, headers and body that ``raw`` is answered with, and whether that was the end."""
    with connected(server) as connection:
        with suppress(ConnectionError):  # who is refused may not be able to say all
            connection.sendall(raw)
        with HTTPResponse(connection, method=raw[:4].decode("latin1").strip()) as answer:
            answer.begin()
            body = answer.read()
            ends = answer.getheader("Connection") == "close" and closed(connection)
            return answer.status, dict(answer.getheaders()), body, ends


def closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def refused(server: Process, raw: bytes) -> dict[str, Any]:
    status, headers, body, ends = exchange(server, raw)
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Date"].endswith(" GMT")
    problem: dict[str, Any] = json.loads(body)
    assert problem["message"] == problem["detail"]
    assert problem["status"] == status
    assert problem["request_id"] == headers["X-Request-Id"]
    assert ends
    return problem


def request(method: str, target: str, *headers: str, body: str = "") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: x", *headers, "", body]
    return "\r\n".join(lines).encode("latin1")


CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize("path", [TOP10, RATE, "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("headers", "body", "says"),
    [
        (["no colon"], "", "no colon"),
        (["a b: c"], "", "Invalid header name"),
        (["X: a", " folded"], "", "whitespace"),
        (["X: a\0b"], "", "Invalid header value"),
        (["Host: y"], "", "Multiple host"),
        (["Content-Length: abc"], "", "Content-Length is not a number"),
        (["Content-Length: -1"], "", "Content-Length is not a number"),
        (["Content-Length: 5, 6"], "", "Content-Length is not a number"),
        (["Content-Length: 1", "Content-Length: 2"], "", "Content-Length is not a number"),
        (["Content-Length: 2", CHUNKED], "2\r\n{}\r\n0\r\n\r\n", "both Transfer-Encoding"),
        (["Transfer-Encoding: gzip, chunked"], "", "Transfer-Encoding"),
        ([CHUNKED], "x\r\n", "chunk size"),
        ([CHUNKED], "-1\r\n", "chunk size"),
        ([CHUNKED], "1" * 100 + "\r\n", "chunk size"),
        ([CHUNKED], "1;" + "x" * 100, "chunk size"),
        ([CHUNKED], "2\r\n{}xx0\r\n\r\n", "improperly terminated"),
    ],
)
def test_bad_framing_is_told(
    server: Process, method: str, path: str, headers: list[str], body: str, says: str
) -> None:
    problem = refused(server, request(method, path, *headers, body=body))
    assert problem["status"] == 400
    assert says in problem["message"]


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"\r\n\r\nnonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /movies/top10\r\n\r\n",
        b"GET /movies/top10 HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET  /movies/top10 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /movies/top10 HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_what_is_no_request_is_told(server: Process, raw: bytes) -> None:
    assert refused(server, raw)["status"] == 400


@pytest.mark.parametrize("start", ["GET / HTTP/1.1", "GET /" + "x" * 100_000])
def test_headers_without_an_end_are_told(server: Process, start: str) -> None:
    for _ in range(2):
        problem = refused(server, f"{start}\r\nX: {'x' * 3_000_000}".encode())
        assert (problem["status"], problem["title"]) == (431, "Request Header Fields Too Large")
        assert "bytes" in problem["message"]


def test_headers_of_thousands_of_lines_are_told(server: Process) -> None:
    problem = refused(server, request("GET", TOP10, *["a:b"] * 2000))
    assert problem["status"] == 431
    assert "1000 lines" in problem["message"]


def test_a_transfer_encoding_of_http_1_0_is_refused(server: Process) -> None:
    raw = request("POST", RATE, CHUNKED, body="0\r\n\r\n")
    assert refused(server, raw.replace(b"HTTP/1.1", b"HTTP/1.0"))["status"] == 400


@pytest.mark.parametrize("options", ["TE, close", "Close,te", "keep-alive, close"])
def test_a_connection_ends_when_that_is_one_of_several_options(
    server: Process, options: str
) -> None:
    status, *_, ends = exchange(server, request("GET", TOP10, f"Connection: {options}"))
    assert (status, ends) == (200, True)


def test_a_length_may_begin_with_zeros(server: Process) -> None:
    length = "Content-Length: 0000002"
    status, *_ = exchange(server, request("GET", TOP10, length, "Connection: close", body="{}"))
    assert status == 200


@pytest.mark.parametrize("name", ["(", "(a", "(-eyJ-"])
def test_a_megabyte_that_is_no_header_is_told(server: Process, name: str) -> None:
    line = name * (2**20 // len(name))
    problem = refused(server, f"GET {TOP10} HTTP/1.1\r\nHost: x\r\n{line}: x\r\n\r\n".encode())
    assert problem["status"] == 400
    assert len(problem["detail"]) < 300


def test_what_a_header_holds_is_not_repeated_or_only_its_beginning(server: Process) -> None:
    unreadable = refused(server, request("GET", TOP10, "X: hush\0"))
    assert "hush" not in unreadable["detail"]
    unknown = refused(server, request("GET", TOP10, "Transfer-Encoding: " + "x" * 1000))
    assert "xxx" in unknown["detail"]
    assert len(unknown["detail"]) < 300


def test_headers_may_be_too_large_after_a_body_in_chunks(server: Process) -> None:
    first = request("GET", TOP10, CHUNKED, body="2\r\n{}\r\n0\r\n\r\n")
    with connected(server) as connection:
        connection.sendall(first)
        with HTTPResponse(connection) as answer:
            answer.begin()
            assert (answer.status, answer.read()[:1]) == (200, b"{")
        with suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 3_000_000)
        with HTTPResponse(connection) as answer:
            answer.begin()
            assert answer.status == 431


@pytest.mark.parametrize("path", [TOP10, RATE, "/nowhere"])
def test_a_query_of_thousands_of_fields_is_told(server: Process, path: str) -> None:
    problem = refused(server, request("GET", path + "?" + "a&" * 5000))
    assert problem["status"] == 400
    assert "query" in problem["message"]


@pytest.mark.parametrize("path", [TOP10, RATE, "/nowhere"])
@pytest.mark.parametrize("size", [5000, 70_000, 2_000_000, 10**9, 16**61])
def test_a_body_in_chunks_over_the_cap_is_told(server: Process, path: str, size: int) -> None:
    body = f"{size:x}\r\n" + "x" * min(size, 2_000_000)
    problem = refused(server, request("POST", path, CHUNKED, body=body))
    assert problem["status"] == 413
    assert "4096" in problem["message"]


def test_a_body_of_many_small_chunks_over_the_cap_is_told(server: Process) -> None:
    body = "10\r\n" + "x" * 16 + "\r\n"
    problem = refused(server, request("POST", RATE, CHUNKED, body=body * 5000))
    assert problem["status"] == 413


def bearer(server: Process, user: str) -> str:
    return f"Authorization: {server.bearer(user)['Authorization']}"


@pytest.mark.parametrize("expected", ["100-continue", "100-Continue"])
def test_a_client_that_waits_for_it_is_told_to_go_on(server: Process, expected: str) -> None:
    head = (bearer(server, "waiting"), f"Expect: {expected}", "Content-Length: 11")
    with connected(server) as connection:
        connection.sendall(request("POST", RATE, *head))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b'{"rate": 7}')
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_client_of_http_1_0_is_not_told_to_go_on(server: Process) -> None:
    head = (bearer(server, "old"), "Expect: 100-continue", "Content-Length: 11")
    raw = request("POST", RATE, *head, body='{"rate": 7}').replace(b"HTTP/1.1", b"HTTP/1.0")
    with connected(server) as connection:
        connection.sendall(raw)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_waits_with_too_much_is_told_at_once(server: Process) -> None:
    raw = request("POST", RATE, "Expect: 100-continue", "Content-Length: 5000")
    assert refused(server, raw)["status"] == 413


@pytest.mark.parametrize("expected", ["tea", "100-continue, tea", ""])
def test_other_expectations_fail(server: Process, expected: str) -> None:
    problem = refused(server, request("POST", RATE, f"Expect: {expected}", "Content-Length: 11"))
    assert (problem["status"], problem["title"]) == (417, "Expectation Failed")
    assert exchange(server, request("GET", TOP10, f"Expect: {expected}"))[0] == 200


def test_what_is_refused_is_counted(server: Process) -> None:
    def refusals() -> float:
        lines = server.get("/metrics").text.splitlines()
        told = [x for x in lines if x.startswith("movieserver_http_requests_total{")]
        return sum(float(x.split()[-1]) for x in told if 'route="none"' in x)

    expected = refusals() + 1
    refused(server, b"x" * 3_000_000)
    assert eventually(lambda: refusals() == expected)


@pytest.mark.parametrize("host", ["http://x", "http://other:81", "HTTPS://x"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", TOP10),
        ("GET", "/movies/bestpictures?title=Parasite"),
        ("HEAD", TOP10),
        ("GET", "/movies/top?limit=2"),
        ("GET", RATE),
        ("POST", RATE),
        ("GET", "/nowhere"),
        ("GET", ""),
        ("GET", "?a=b"),
    ],
)
def test_a_whole_url_is_as_good_as_its_path(
    server: Process, host: str, method: str, path: str
) -> None:
    plain = path if path.startswith("/") else "/" + path
    whole, bare = (exchange(server, request(method, t)) for t in (host + path, plain))
    assert (whole[0], whole[2][:100]) == (bare[0], bare[2][:100])


@pytest.mark.parametrize("target", ["http://a@b/", "http:///movies/top10", "ftp://x/", "*", "x:1"])
def test_other_targets_are_refused(server: Process, target: str) -> None:
    status, headers, *_ = exchange(server, request("GET", target))
    assert status in (400, 404)
    assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("headers", [[], ["Host: x", "Host: y"]])
def test_a_whole_url_needs_one_host_all_the_same(server: Process, headers: list[str]) -> None:
    lines = ["GET http://x/movies/top10 HTTP/1.1", *headers, "", ""]
    assert refused(server, "\r\n".join(lines).encode())["status"] == 400


def test_a_rate_of_who_closes_the_sending_half_is_stored_and_announced(server: Process) -> None:
    target = "/movies/tt0034583/users/rate"
    raw = request("POST", target, bearer(server, "half"), "Content-Length: 11", body='{"rate": 3}')
    with connected(server) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000)[:15] in (b"", b"HTTP/1.1 200 OK")
    mine = server.bearer("half")
    assert eventually(lambda: server.get(target, headers=mine).json() == {"rate": 3})
    assert eventually(lambda: server.get("/movies/tt0034583").json()["rate_count"] == 1)
