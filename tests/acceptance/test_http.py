"""The contract's answers, and bad input, over a real socket."""

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.processes import Process, eventually

RATE = "/movies/tt0050083/users/rate"
BIG_TOKEN = "Bearer " + "x" * 1_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process("--profile", "dev", data=tmp_path_factory.mktemp("http") / "data")
    yield process
    assert process.terminate() == 0
    assert "Traceback" not in "".join(process.output)


def refused(answer: requests.Response, status: int) -> str:
    """Check that an answer is a problem of ``status``; returns what it says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["message"] == problem["detail"]
    return str(problem["message"])


def test_nominees_are_listed_by_the_beginning_of_a_title(server: Process) -> None:
    path = "/movies/bestpictures/search"
    answer = server.get(path, params={"prefix": "The GODF", "limit": "2"})
    assert answer.json() == {
        "result": [
            {"id": "tt0068646", "title": "The Godfather", "year": "1972 (45th)", "won": True},
            {
                "id": "tt0071562",
                "title": "The Godfather Part II",
                "year": "1974 (47th)",
                "won": True,
            },
        ]
    }
    again = server.get(
        f"{path}?prefix=The GODF&limit=2", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert len(server.get(f"{path}?prefix=p").json()["result"]) == 10
    assert len(server.get(f"{path}?prefix=p&limit=20").json()["result"]) == 20
    nothing = server.get(f"{path}?prefix=zzz")
    assert (nothing.status_code, nothing.json()) == (200, {"result": []})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "A prefix is needed"),
        ("?prefix=%20", "A prefix is needed"),
        ("?prefix=" + "a" * 201, "longer than 200 characters"),
        ("?prefix=a%00", "NUL"),
        ("?prefix=%ff", "not UTF-8"),
        *(
            (f"?prefix=a&limit={limit}", "from 1 to 20")
            for limit in ("0", "21", "-1", "x", "%D9%A3")
        ),
    ],
)
def test_a_search_that_cannot_be_made(server: Process, query: str, said: str) -> None:
    assert said in refused(server.get("/movies/bestpictures/search" + query), 400)


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT", "TRACE", "FOO"])
def test_a_path_that_nothing_has_is_a_404_for_every_method(server: Process, method: str) -> None:
    for path in ("/nope", "/movies/bestpictures/nope/", "/movies/a/b"):
        answer = server.call(method, path)
        assert refused(answer, 404) == "There is nothing at this path."
        assert "Allow" not in answer.headers
        assert answer.headers["X-Request-Id"]


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


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?title=", 400),
        ("?title=%20", 400),
        ("?title=" + "x" * 201, 400),
        ("?title=" + "x" * 200, 404),
        ("?title=a%00b", 400),
        ("?title=%ff", 400),
        ("?title=The", 404),
        ("?title=Rocky+II", 404),
        ("?title=Casablanca&year=abc", 400),
        ("?title=Casablanca&year=1987", 404),
        ("?title=Casablanca&year=1942", 200),
        ("?title=Casablanca&year=1943", 200),
        ("?title=Grand%20Hotel&year=1931/32%20(5th)", 200),
    ],
)
def test_look_ups(server: Process, query: str, status: int) -> None:
    answer = server.get("/movies/bestpictures" + query)
    if status == 200:
        assert answer.status_code == 200, answer.text
    else:
        refused(answer, status)


def test_suggestions_and_alternatives(server: Process) -> None:
    missed = server.get("/movies/bestpictures?title=Parasit")
    refused(missed, 404)
    assert {"id": "tt6751668", "title": "Parasite", "year": "2019 (92nd)"} in missed.json()[
        "suggestions"
    ]
    assert missed.json()["message"] == "'Parasit' is not a nominee for Best Picture."
    other = server.get("/movies/bestpictures?title=Jaws&year=1976").json()
    assert other["message"] == "'Jaws' of 1976 is not a nominee for Best Picture."
    both = server.get("/movies/bestpictures?title=mutiny on the bounty").json()
    assert (both["year"], both["won"]) == ("1935 (8th)", True)
    assert [each["year"] for each in both["alternatives"]] == ["1962 (35th)"]
    one = server.get("/movies/bestpictures?title=mutiny on the bounty&year=1962").json()
    assert (one["id"], "alternatives" in one) == ("tt0056264", False)


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


def test_a_film_and_its_distribution(server: Process) -> None:
    for user, rate in (("u1", 6), ("u2", 7), ("u3", 7)):
        assert server.rate(user, "tt0034583", rate).status_code == 200

    def rated() -> dict[str, Any] | None:
        film: dict[str, Any] = server.get("/movies/tt0034583").json()
        return film if film["rate_count"] == 3 else None

    film = eventually(rated)
    assert film["distribution"] == [0, 0, 0, 0, 0, 1, 2, 0, 0, 0]
    assert (film["title"], film["year"], film["rate"]) == ("Casablanca", 1943, 6.7)


def test_top_with_a_limit_and_a_minimum_of_votes(server: Process) -> None:
    assert len(server.get("/movies/top?limit=100").json()["result"]) == 100
    assert server.get("/movies/top?limit=10").json() == server.get("/movies/top10").json()
    voted = server.get("/movies/top?min_votes=1").json()["result"]
    assert all(film["rate_count"] >= 1 for film in voted)
    for query in ("limit=0", "limit=101", "limit=x", "limit=-1", "min_votes=-1", "limit=1e1"):
        refused(server.get(f"/movies/top?{query}"), 400)


def test_the_weighted_ranking_can_be_computed_again(server: Process) -> None:
    for user in ("w1", "w2", "w3"):
        assert server.rate(user, "tt0068646", 10).status_code == 200
    eventually(lambda: any(m["id"] == "tt0068646" for m in server.top10()))
    answer = server.get("/movies/top10?rank=weighted").json()
    m, mean = answer["m"], answer["C"]
    weighted = [film for film in answer["result"] if film["rate_count"]]
    assert weighted
    for film in weighted:
        again = (film["rate_sum"] + m * mean) / (film["rate_count"] + m)
        assert film["weighted_rate"] == pytest.approx(again)
    values = [film["weighted_rate"] for film in answer["result"]]
    assert values == sorted(values, reverse=True)
    refused(server.get("/movies/top10?rank=best"), 400)


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


def test_the_data_folder_is_private(server: Process) -> None:
    secrets = [p for p in Path(server.data).iterdir() if "secret" in p.name]
    assert [p.stat().st_mode & 0o777 for p in secrets] == [0o600]
