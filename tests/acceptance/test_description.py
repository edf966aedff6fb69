"""/openapi.json says what the server does: all of it, and nothing else."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from movieserver.handlers.description.composition import operations, resolved
from movieserver.handlers.description.fragment import METHODS
from tests.conftest import Start
from tests.descriptions import check, check_head, described, examples, validate
from tests.processes import Process
from tests.streams import PATH, Stream

PROFILES = ("dev", "public", "rating", "consumer")
PARTS = {"id": "tt0050083", "number": 30, "file": "page.css"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process("--profile", "dev", data=tmp_path_factory.mktemp("described") / "data")
    assert process.rate("reader", "tt0050083", 9).status_code == 200
    yield process
    assert process.terminate() == 0


@pytest.fixture(scope="module")
def document(server: Process) -> dict[str, Any]:
    return described(server)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_description_of_a_profile_is_valid(start: Start, data: Path, profile: str) -> None:
    if profile == "rating":
        start("--profile", "dev").terminate()  # makes the secret
    document = described(start("--profile", profile))
    OpenAPIV31SpecValidator(document).validate()
    assert ("/movies/top10" in document["paths"]) == (profile in ("dev", "public"))
    assert "/health/live" in document["paths"]


def test_the_methods_are_those_that_the_server_has(
    server: Process, document: dict[str, Any]
) -> None:
    bearer = server.bearer("reader")
    for path, item in document["paths"].items():
        allowed = server.call("OPTIONS", path.format(**PARTS), headers=bearer)
        methods = {m.lower() for m in allowed.headers["Allow"].split(", ")}
        assert methods == item.keys() & {*METHODS, "head", "options"}, path


@pytest.mark.parametrize("method", ["PUT", "TRACE", "BREW"])
def test_any_other_method_is_a_405_with_allow(
    server: Process, document: dict[str, Any], method: str
) -> None:
    for path in document["paths"]:
        answer = server.call(method, re.sub("{.*?}", "1", path), headers=server.bearer("reader"))
        assert answer.status_code == 405, path
        assert {"GET", "OPTIONS"} & {*answer.headers["Allow"].split(", ")}
        assert answer.json()["status"] == 405


def test_what_every_example_is_answered_is_described(
    server: Process, document: dict[str, Any]
) -> None:
    sent = list(examples(document))
    assert len(sent) >= 13
    for example in sorted(sent, key=lambda each: each.method == "delete"):
        answer = example.send(server, **server.bearer("reader"))
        check(document, example.path, example.method, answer)
        responses = document["paths"][example.path][example.method]["responses"]
        expected = [
            status
            for status, response in responses.items()
            for content in resolved(document, response).get("content", {}).values()
            if example.name in content.get("examples", {})
        ]
        assert str(answer.status_code) in (expected or ["200", "204"]), example
        if example.method == "get":
            head = replace(example, method="head").send(server, **server.bearer("reader"))
            check(document, example.path, "head", head)
            assert head.status_code == answer.status_code


def test_the_answer_of_a_stream_is_described(server: Process, document: dict[str, Any]) -> None:
    with Stream(server) as stream:
        content = check_head(document, PATH, "get", stream.response)
        assert stream.response.headers["Content-Type"].partition(";")[0] in content


def test_every_example_of_an_answer_fits_its_schema(document: dict[str, Any]) -> None:
    checked = 0
    for _path, _method, operation in operations(document):
        for response in operation["responses"].values():
            for content in resolved(document, response).get("content", {}).values():
                for example in content.get("examples", {}).values():
                    validate(document, content["schema"], example["value"])
                    checked += 1
    assert checked >= 7


def test_refusals_are_described(server: Process, document: dict[str, Any]) -> None:
    bearer = server.bearer("reader")
    rate = "/movies/{id}/users/rate"
    for path, method, arguments, status in (
        ("/movies/bestpictures", "get", {}, 400),
        (rate, "get", {}, 401),
        (rate, "get", {"headers": server.bearer("stranger")}, 404),
        (rate, "post", {"headers": bearer, "json": {"rate": 11}}, 400),
        (rate, "post", {"headers": bearer, "data": b" " * 5000}, 413),
        (rate, "post", {"headers": bearer | {"Content-Type": "text/css"}, "data": b"9"}, 415),
        ("/movies/top10", "get", {"headers": {"If-None-Match": "*"}}, 304),
        ("/movies/top10", "get", {"params": {"rank": "best"}}, 400),
    ):
        answer = server.call(method.upper(), path.format(id="tt0050083"), **arguments)
        assert answer.status_code == status
        check(document, path, method, answer)


class Page(HTMLParser):
    """What a page links to, loads and names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen += [(tag, name, value or "") for name, value in attrs]


def test_the_page_shows_every_call_and_needs_no_other_host(
    server: Process, document: dict[str, Any]
) -> None:
    answer = server.get("/docs")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 's")
    seen = Page(answer.text).seen
    ids = {value for _, name, value in seen if name == "id"}
    assert ids == {operation["operationId"] for _, _, operation in operations(document)}
    links = {value for _, name, value in seen if name in ("href", "src", "srcset", "action")}
    assert links == {"/openapi.json"} | {f"#{each}" for each in ids}
    assert "<script" not in answer.text
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    for text in ("Mutiny on the Bounty", "result[].movie_id", "Retry-After", "415"):
        assert text in answer.text
