"""The contract's answers about users' rates, and bad input, over a real socket."""

import json
from base64 import b64encode

import pytest

from tests.problems import refused
from tests.processes import Process

RATE = "/movies/tt0050083/users/rate"

BIG_TOKEN = "Bearer " + "x" * 1_000_000


def test_rate_post_get_delete(server: Process) -> None:
    bearer = server.bearer("alice")
    refused(server.get(RATE, headers=bearer), 404)
    for rate in (9, 4, "10"):
        answer = server.call("POST", RATE, json={"rate": rate}, headers=bearer)
        assert (answer.status_code, answer.json()) == (200, {"rate": int(rate)})
        assert server.get(RATE, headers=bearer).json() == {"rate": int(rate)}
    for _ in range(2):
        deleted = server.call("DELETE", RATE, headers=bearer)
        assert (deleted.status_code, deleted.content) == (204, b"")
    refused(server.get(RATE, headers=bearer), 404)
    refused(server.get(RATE, headers=server.bearer("bob")), 404)


def test_a_whole_number_may_be_written_with_a_point(server: Process) -> None:
    headers = server.bearer("alice") | {"Content-Type": "application/json"}
    for body in (b'{"rate": 10.0}', b'{"rate": 1e1}'):
        answer = server.call("POST", RATE, data=body, headers=headers)
        assert (answer.status_code, answer.text.strip()) == (200, '{"rate": 10}')


def test_a_body_may_begin_with_a_byte_order_mark(server: Process) -> None:
    """RFC 8259, 8.1: some programs write one, and a reader may ignore it."""
    body = b'\xef\xbb\xbf{"rate": 9}'
    answer = server.call("POST", RATE, data=body, headers=server.bearer("alice"))
    assert (answer.status_code, answer.json()) == (200, {"rate": 9})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[9]",
        b"9",
        b"{}",
        b'{"rate": 9.5}',
        b'{"rate": true}',
        b'{"rate": null}',
        b'{"rate": 0}',
        b'{"rate": 11}',
        b'{"rate": -1}',
        b'{"rate": "11"}',
        b'{"rate": "09"}',
        b'{"rate": " 9"}',
        '{"rate": "٩"}'.encode(),
        b'{"rate": NaN}',
        b'{"rate": Infinity}',
        b'{"rate": 9, "rate": 8}',
        b'{"rate": [9]}',
        b'{"rate": 9',
        b'\xff{"rate": 9}',
        b'{"rate": ' + b"9" * 4000 + b"}",
        b"[" * 4000,
    ],
)
def test_a_rate_that_is_none_is_refused(server: Process, body: bytes) -> None:
    bearer = server.bearer("mallory") | {"Content-Type": "application/json"}
    assert "rate from 1 to 10" in refused(server.call("POST", RATE, data=body, headers=bearer), 400)
    refused(server.get(RATE, headers=bearer), 404)


def test_content_type_and_size_of_a_body(server: Process) -> None:
    bearer = server.bearer("mallory")
    form = bearer | {"Content-Type": "application/x-www-form-urlencoded"}
    assert "application/json" in refused(
        server.call("POST", RATE, data="rate=9", headers=form), 415
    )
    big = json.dumps({"rate": 9, "comment": "x" * 5000})
    assert "4096" in refused(server.call("POST", RATE, data=big, headers=bearer), 413)
    huge = b" " * 3_000_000
    assert server.call("POST", RATE, data=huge, headers=bearer).status_code == 413
    chunked = server.call("POST", RATE, data=iter([b" " * 3000] * 3), headers=bearer)
    refused(chunked, 413)
    plain = server.call("POST", RATE, data=b'{"rate": 5}', headers=bearer)
    assert plain.json() == {"rate": 5}
    server.call("DELETE", RATE, headers=bearer)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        "text/plain",
        "application/merge-patch+json",
    ],
)
@pytest.mark.parametrize("body", [b"", b'{"rate": 9}', b"--x\r\n", b"a&" * 2000])
def test_forms_are_no_rates(server: Process, content_type: str, body: bytes) -> None:
    headers = {"Content-Type": content_type, "Content-Encoding": "identity"}
    refused(server.call("POST", RATE, data=body, headers=headers), 401)
    bearer = server.bearer("mallory")
    answer = server.call("POST", RATE, data=body, headers=headers | bearer)
    assert "application/json" in refused(answer, 415)
    refused(server.get(RATE, headers=bearer), 404)


@pytest.mark.parametrize("movie_id", ["x" * 21, "a%2Fb", "a%20b", "a%00b", "%C3%A4", "a.b", "a'b"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_id_that_is_none(server: Process, method: str, movie_id: str) -> None:
    path = f"/movies/{movie_id}/users/rate"
    answer = server.call(method, path, json={"rate": 9}, headers=server.bearer("alice"))
    assert "20 characters" in refused(answer, 400)


@pytest.mark.parametrize("word", ["bestpictures", "search", "top", "top10", "users", "rate"])
def test_an_id_that_is_a_word_of_a_path_is_legal(server: Process, word: str) -> None:
    rated = server.rate("alice", word, 7)
    assert (rated.status_code, rated.json()) == (200, {"rate": 7})


def test_an_id_that_was_never_seen_is_legal(server: Process) -> None:
    assert server.rate("alice", "never-seen_1", 7).json() == {"rate": 7}
    refused(server.get("/movies/never-seen_1"), 404)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer x",
        "Bearer a.b.c",
        BIG_TOKEN,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_without_a_good_token(server: Process, method: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = server.call(method, RATE, json={"rate": 9}, headers=headers)
    refused(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_users_own_rates(server: Process) -> None:
    bearer = server.bearer("lister")
    ids = [f"tt{n:07}" for n in range(7)]
    for movie_id in ids:
        assert server.rate("lister", movie_id, 5).status_code == 200
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = server.get("/users/rates", params=query, headers=bearer).json()
        seen += [item["movie_id"] for item in page["result"]]
        cursor = page["next"]
    assert seen == ids[::-1]
    for limit, more in ((len(ids) - 1, True), (len(ids), False)):
        page = server.get(f"/users/rates?limit={limit}", headers=bearer).json()
        assert (len(page["result"]), page["next"] is not None) == (limit, more)
    assert server.call("DELETE", "/users/rates", headers=bearer).status_code == 204
    assert server.get("/users/rates", headers=bearer).json() == {"result": [], "next": None}
    refused(server.get(f"/movies/{ids[0]}/users/rate", headers=bearer), 404)
    beyond = b64encode(f"{2**63}.tt0050083".encode()).decode()
    for bad in ("x", "!!", "é", "MTIz", "MTIz" * 100, "LjEK", beyond):
        refused(server.get("/users/rates", params={"cursor": bad}, headers=bearer), 400)
    refused(server.get("/users/rates"), 401)
