"""The access log: lines as the logging package would write them, at a twentieth of the cost."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from string import punctuation
from urllib.parse import quote, unquote

from tornado.httputil import HTTPServerRequest

from movieserver.clock import Clock
from movieserver.redaction import without_secrets

NAME = "movieserver.access"
PERIOD = 0.05
"""Seconds that a line waits, so that others can be written together with it."""
MANY = 1000
"""The maximum number of lines written together."""
LENGTH = 200
"""The maximum length of a method, and of a path, in a line, in characters."""
KINDS = 1000
"""Entries in each cache of parts of lines."""


Line = tuple[int, float, str, str, str, int, str, str | None]
"""Milliseconds since 1970, milliseconds taken, id, method, path, status, route, remote address."""


class AccessLog:
    """Writes a line for every request to standard error, a little later.

    The lines are also formatted together: one at a time, each would find the processor's caches
    full of other things, and take three times as long.
    """

    def __init__(self, form: str, clock: Clock) -> None:
        """Write lines for people (``human``) or JSON (``json``), as ``configure_logging`` does.

        The times come from ``clock``: in the machine's time zone for people, in UTC in JSON.
        """
        self._written = _json_line if form == "json" else _human_line
        self._clock = clock
        self._lines: list[Line] = []

    def add(
        self, request: HTTPServerRequest, status: int, seconds: float, route: str, request_id: str
    ) -> None:
        """Note that ``request`` was answered after ``seconds``; its id may be empty."""
        lines = self._lines
        if not lines:
            asyncio.get_running_loop().call_later(PERIOD, self.flush)
        moment, taken = int(self._clock.time() * 1000), seconds * 1000
        method, path = (request.method or "")[:LENGTH], request.path[:LENGTH]
        lines.append((moment, taken, request_id, method, path, status, route, request.remote_ip))
        if len(lines) >= MANY:
            self.flush()

    def flush(self) -> None:
        """Write the pending lines; if that fails they are lost, because nobody could be told."""
        lines, self._lines = self._lines, []
        with suppress(OSError):
            sys.stderr.write("".join([self._written(*line) for line in lines]))
            sys.stderr.flush()


@lru_cache(KINDS)
def logged(sent: str) -> str:
    """A method or a path, made safe for a line.

    Credentials become stars, even if they are percent-encoded, and bytes that some terminal takes
    for more than a character are percent-encoded.
    """
    text = sent
    while "%" in text and (decoded := unquote(text)) != text:
        text = decoded
    if without_secrets(text) != text:
        return quote(without_secrets(text), safe="/*")
    return quote(sent, safe=punctuation, encoding="latin-1", errors="replace")


def _human_line(
    moment: int, taken: float, request_id: str, method: str, path: str, status: int, *_: str | None
) -> str:
    request = _request(method, path, status)
    ending = f" [{request_id}]\n" if request_id else "\n"
    return f"{_local(moment)} INFO {NAME}: {request} {taken:.1f} ms{ending}"


def _json_line(
    moment: int,
    taken: float,
    request_id: str,
    method: str,
    path: str,
    status: int,
    route: str,
    remote: str | None,
) -> str:
    before, after = _json_parts(method, path, status, route, remote)
    ending = f', "request_id": "{request_id}"}}\n' if request_id else "}\n"
    return f'{{"timestamp": "{_utc(moment)}", {before}{taken:.3f}, {after}{ending}'


@lru_cache(KINDS)
def _request(method: str, path: str, status: int) -> str:
    return f"{logged(method)} {logged(path)} {status}"


@lru_cache(KINDS)
def _json_parts(
    method: str, path: str, status: int, route: str, remote: str | None
) -> tuple[str, str]:
    """What comes before the milliseconds, and what comes after them."""
    before = {"level": "INFO", "logger": NAME, "message": _request(method, path, status)}
    where = {"method": logged(method), "path": logged(path), "status": status}
    after = {"route": route, "remote": remote}
    return f'{json.dumps(before | where)[1:-1]}, "milliseconds": ', json.dumps(after)[1:-1]


@lru_cache(100)
def _local(milliseconds: int) -> str:
    """Format a moment, given in milliseconds since 1970, in the machine's time zone."""
    second, part = divmod(milliseconds, 1000)
    return f"{_second('%Y-%m-%d %H:%M:%S', time.localtime, second)},{part:03d}"


@lru_cache(100)
def _utc(milliseconds: int) -> str:
    """Format a moment, given in milliseconds since 1970, by RFC 3339."""
    second, part = divmod(milliseconds, 1000)
    return f"{_second('%Y-%m-%dT%H:%M:%S', time.gmtime, second)}.{part:03d}Z"


@lru_cache(2)
def _second(form: str, fields: Callable[[float], time.struct_time], second: int) -> str:
    return time.strftime(form, fields(second))
