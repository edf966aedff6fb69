"""The lines of requests are what the logging package would write, and none waits for ever."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from movieserver.handlers.access_log import MANY, AccessLog
from movieserver.logs import configure_logging
from movieserver.request_ids import current
from movieserver.testing import ManualClock

ROUTE, MILLISECONDS, STATUS = "/movies/{id}", 1.234, 404
TOKEN = "eyJhbGciOiJI.eyJzdWIi.c2ln"
PATHS = [
    "/movies/tt1",
    '/movies/"quoted\\"',
    "/{0}{name}/}{",
    "/filme/Das%20B%C3%B6se",
    f"/x/{TOKEN}",
]
NAMES = ["", "abc-1"]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def request_for(path: str) -> HTTPServerRequest:
    line = RequestStartLine("GET", f"{path}?title=Parasite", "HTTP/1.1")
    request = HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "here"}))
    request.remote_ip = "127.0.0.1"
    return request


def logged(form: str, path: str, name: str, created: float) -> None:
    """Log with the package what an access log writes by itself."""
    configure_logging("info", form)
    line = f"GET {path} {STATUS}"
    if form == "human":
        line += f" {MILLISECONDS:.1f} ms"
    record = logging.makeLogRecord(
        {
            "name": "movieserver.access",
            "levelname": "INFO",
            "levelno": logging.INFO,
            "msg": line,
            "method": "GET",
            "path": path,
            "status": STATUS,
            "milliseconds": MILLISECONDS,
            "route": ROUTE,
            "remote": "127.0.0.1",
            "created": created,
            "msecs": created % 1 * 1000,
        }
    )
    before = current.set(name)
    logging.getLogger().handle(record)
    current.reset(before)


@pytest.mark.gen_test
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["human", "json"])
async def test_a_line_is_that_of_the_logging_package(
    capsys: pytest.CaptureFixture[str], form: str, path: str, name: str
) -> None:
    clock = ManualClock(1_790_000_000.25)
    access_log = AccessLog(form, clock)
    access_log.add(request_for(path), STATUS, MILLISECONDS / 1000, ROUTE, name)
    access_log.flush()
    written = capsys.readouterr().err
    logged(form, path, name, clock.time())
    expected = capsys.readouterr().err
    if form == "json":
        assert json.loads(written) == json.loads(expected)
    assert written == expected


@pytest.mark.gen_test
async def test_lines_are_written_together_and_soon(capsys: pytest.CaptureFixture[str]) -> None:
    access_log = AccessLog("human", ManualClock())
    for _ in range(MANY - 1):
        access_log.add(request_for("/"), 200, 0.001, "/", "")
    assert capsys.readouterr().err == ""
    access_log.add(request_for("/"), 200, 0.001, "/", "")
    assert len(capsys.readouterr().err.splitlines()) == MANY
    access_log.add(request_for("/last"), 200, 0.001, "/", "")
    while "/last" not in capsys.readouterr().err:
        await asyncio.sleep(0)
