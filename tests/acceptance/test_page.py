"""The page's files over a real socket, without a browser."""

import json
import re
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from tests.processes import Process

LINKED = re.compile(r'(?:src|href)="(/page/[^"]+)"|from \'\./([^\']+)\'')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process("--profile", "public", data=tmp_path_factory.mktemp("page") / "data")
    yield process
    assert process.terminate() == 0


def every_file(server: Process) -> dict[str, str]:
    """The page and all that it asks for, by path."""
    found: dict[str, str] = {}
    open_paths = ["/"]
    while open_paths:
        path = open_paths.pop()
        if path not in found:
            answer = server.get(path)
            assert answer.status_code == 200, path
            found[path] = answer.text
            open_paths += [
                linked or f"/page/{imported}" for linked, imported in LINKED.findall(answer.text)
            ]
    return found


def test_it_is_under_sixty_kilobytes_in_all(server: Process) -> None:
    files = every_file(server)
    assert len(files) == 14
    gzip = {"Accept-Encoding": "gzip"}
    heads = [server.call("HEAD", path, headers=gzip) for path in files]
    sizes = [int(head.headers["Content-Length"]) for head in heads]
    assert sum(sizes) < 60_000
    assert sum(sizes) < sum(len(text.encode()) for text in files.values()) / 2


def test_its_policy_allows_nothing_from_elsewhere(server: Process) -> None:
    for path in every_file(server):
        headers = server.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_file_names_another_host_nor_has_script_or_style_inline(server: Process) -> None:
    files = every_file(server)
    addresses = {url for text in files.values() for url in re.findall(r"https?://[^\"' ]+", text)}
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src)|\son\w+=", files["/"])


def test_it_is_asked_for_again_only_when_it_changed(server: Process) -> None:
    for path in ("/", "/page/page.js"):
        first = server.get(path)
        assert first.headers["Cache-Control"] == "no-cache"
        again = server.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["Cache-Control"] == "no-cache"


def test_a_file_that_it_does_not_have(server: Process) -> None:
    for path in ("/page/none.js", "/page/..%2fpage.js", "/page/index.html"):
        assert server.get(path).status_code == 404


def test_the_nominees_of_a_ceremony(server: Process) -> None:
    path = "/movies/bestpictures/ceremonies/"
    films = server.get(path + "30").json()
    assert (films["ceremony"], films["year"], len(films["result"])) == (30, "1957 (30th)", 5)
    assert [film["won"] for film in films["result"]] == [True, False, False, False, False]
    with urlopen(f"{server.url}{path}%33%30") as encoded:  # requests would decode it
        assert json.load(encoded) == films
    for number in ("0", "999", "-1", "1e2", "x", "%D9%A3", "9" * 5000):
        assert server.get(path + number).status_code == 404
