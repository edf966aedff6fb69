"""What docs/api.md says in tables and within its text, against a server and its description."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from movieserver.handlers.description.composition import REFUSED
from tests.conftest import Start
from tests.descriptions import check, described
from tests.docs.page import PAGES, ROOT, Page, pattern
from tests.processes import Process

API = ROOT / "docs" / "api.md"
LIMITED = ROOT / "tests" / "acceptance" / "limited.yaml"
CALL = re.compile(r"`([A-Z]+) (/[^`?[]*)([^`]*)`")
SPAN = re.compile(r"`([{].*?)`")
KEYS = re.compile(r"^- ([\w ]+): `(\{[^`:]+\})`", re.MULTILINE)
SCHEMAS = {
    "A nominee": "Nominee",
    "One that is searched": "FoundByPrefix",
    "One of a ranking": "RankedMovie",
    "A rate of a list": "ListedRate",
}
"""What the page lists the keys of, and what the description calls it."""
PARTS = {"id": "tt0050083", "number": "30", "file": "page.css"}
WORDS = {"T": "12+angry+men", "Y": "1957", "P": "the+godf"}
"""What stands for the words of the page that stand for something."""


@dataclass(frozen=True)
class Row:
    """One call of the table."""

    method: str
    path: str
    query: str
    """With what may be left out in brackets."""
    body: str | None
    access: str
    success: str
    otherwise: str

    @property
    def statuses(self) -> list[str]:
        """All that the row has, in their order."""
        return sorted([self.success[:3], *re.findall(r"\b\d{3}\b", self.otherwise)])

    @property
    def answer(self) -> str | None:
        """The JSON that it shows, where it shows any."""
        shown = SPAN.search(self.success)
        return shown[1] if shown else None

    def targets(self, cursor: str) -> Iterator[str]:
        """The path with its query, without and with what may be left out."""
        words = WORDS | {"C": cursor}
        for query in (re.sub(r"\[.*\]", "", self.query), re.sub(r"[][]", "", self.query)):
            filled = re.sub(r"(?<==)[TYCP]\b", lambda found: words[found[0]], query)
            yield self.path.format(**PARTS) + filled


def table() -> list[Row]:
    """The rows under "The calls", those with several calls taken apart."""
    section = API.read_text("utf-8").partition("## The calls")[2].partition("\n- ")[0]
    rows = []
    for line in section.splitlines():
        calls, *cells = [cell.strip() for cell in line.split("|")[1:-1]] or [""]
        body = SPAN.search(calls)
        for method, path, query in CALL.findall(calls):
            rows.append(Row(method, path, query, body[1] if body else None, *cells))
    return rows


def own(responses: dict[str, Any]) -> list[str]:
    """The statuses that not every call has."""
    common = [{"$ref": f"#/components/responses/{name}"} for name in REFUSED.values()]
    return [status for status, response in responses.items() if response not in common]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process("--profile", "dev", data=tmp_path_factory.mktemp("api") / "data")
    yield process
    assert process.terminate() == 0


def test_the_table_has_every_call_its_access_and_its_statuses(server: Process) -> None:
    described_calls = {
        (method.upper(), path): (
            "token" if "security" in operation else "public",
            [status for status in own(operation["responses"]) if status != "304"],
        )
        for path, item in described(server)["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "delete")
    }
    shown = {(row.method, row.path): (row.access, row.statuses) for row in table()}
    assert shown == described_calls


def test_every_call_of_the_table_is_answered_as_shown(server: Process) -> None:
    document = described(server)
    headers = server.bearer("reader") | {"Content-Type": "application/json"}
    for movie_id in ("tt6751668", "tt0034583"):
        server.rate("reader", movie_id, 8)
    cursor = server.get("/users/rates?limit=1", headers=headers).json()["next"]
    for row in table():
        plain = True
        for target in row.targets(cursor):
            with requests.request(
                row.method, server.url + target, data=row.body, headers=headers,
                stream=True, timeout=10,
            ) as answer:  # fmt: skip
                assert str(answer.status_code) == row.success[:3], target
                if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                    continue
                check(document, row.path, row.method.lower(), answer)
                if plain and row.answer is not None:
                    assert pattern([row.answer]).fullmatch(answer.text + "\n"), answer.text
            plain = False


def test_a_parameter_that_a_call_does_not_have_is_ignored(server: Process) -> None:
    headers = server.bearer("reader")
    server.rate("reader", PARTS["id"], 8)
    for row in table():
        if row.method == "GET":
            target = next(row.targets(""))
            target += f"{'&' if '?' in target else '?'}unknown=x"
            with server.get(target, headers=headers, stream=True) as answer:
                assert str(answer.status_code) == row.success[:3], target
    assert "weighted_rate" in server.get("/movies/top10?rank=weighted").text
    assert "weighted_rate" not in server.get("/movies/top?rank=weighted").text
    assert server.get("/movies/top10?rank=x").status_code == 400
    assert server.get("/movies/top?limit=x").status_code == 400


def test_lists_of_keys_are_those_of_the_description(server: Process) -> None:
    schemas: dict[str, Any] = described(server)["components"]["schemas"]
    shown = {what: re.findall(r'"(\w+)"', keys) for what, keys in KEYS.findall(API.read_text())}
    assert shown == {what: list(schemas[name]["properties"]) for what, name in SCHEMAS.items()}


def test_no_json_within_a_text_is_left_unchecked() -> None:
    checked = {span for row in table() for span in (row.answer, row.body) if span}
    checked |= {keys for _, keys in KEYS.findall(API.read_text("utf-8"))}
    spans = {
        span for path in PAGES for span in Page(path).spans if re.match(r"[\[{]\s*[\"{]", span)
    }
    assert spans == checked


def test_the_headers_that_pages_of_other_origins_read_are_those_shown(
    start: Start, tmp_path: Path
) -> None:
    sentence = re.search(r"call everything, and read (.*?)\. A", API.read_text("utf-8"), re.DOTALL)
    assert sentence is not None
    profile = tmp_path / "limited.yaml"
    profile.write_text(LIMITED.read_text())
    headers = {"Origin": "https://films.example"}
    answer = start("--profile", str(profile)).get("/movies/top10", headers=headers)
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert re.findall(r"`([\w-]+)`", sentence[1]) == exposed


def test_the_headers_of_a_limit_are_those_shown(start: Start, tmp_path: Path) -> None:
    profile = tmp_path / "limited.yaml"
    profile.write_text(LIMITED.read_text().replace("requests: 2, seconds: 3600", "requests: 60"))
    (shown,) = (each.text for each in Page(API).blocks if each.text.startswith("RateLimit"))
    answer = start("--profile", str(profile)).get("/movies/bestpictures?title=Wings")
    names = ("RateLimit-Policy", "RateLimit")
    assert [f"{name}: {answer.headers[name]}" for name in names] == shown.splitlines()
