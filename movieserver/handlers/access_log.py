"""The lines of requests: as the logging package would write them, at a twentieth of its price."""

import asyncio
import json
import sys
import time
from contextlib import suppress
from functools import lru_cache
from urllib.parse import quote, unquote

from tornado.httputil import HTTPServerRequest

from movieserver.clock import Clock
from movieserver.logs import without_secrets
from movieserver.request_ids import is_own

NAME = "movieserver.access"
PERIOD = 0.05
"""Seconds that a line waits for others to be written together with it."""
MANY = 1000
"""Lines that are written together at most."""
LENGTH = 200
"""Characters of the longest method and the longest path in a line."""
KINDS = 1000
"""Kinds of lines whose templates are remembered."""


Kind = tuple[str, str, int, str, str | None, bool]
"""Method, path, status, route, remote address, and whether there is an id."""


class AccessLog:
    """Writes a line for every request to the standard error output, a little later.

    The lines are made together as well: one at a time, each would find the processor's caches full
    of other things, and take three times as long.
    """

    def __init__(self, form: str, clock: Clock) -> None:
        """Write lines for people (``human``) or JSON objects (``json``), as ``configure_logging``.

        The time of a line is ``clock``'s, in the machine's time zone.
        """
        self._template = _json_template if form == "json" else _human_template
        self._clock = clock
        self._lines: list[tuple[float, float, str, Kind]] = []

    def add(
        self, request: HTTPServerRequest, status: int, seconds: float, route: str, name: str
    ) -> None:
        """Note that ``request``, whose id is ``name``, was answered after so many ``seconds``."""
        if not self._lines:
            asyncio.get_running_loop().call_later(PERIOD, self.flush)
        method, path = (request.method or "")[:LENGTH], request.path[:LENGTH]
        kind = (method, path, status, route, request.remote_ip, bool(name))
        self._lines.append((self._clock.time(), seconds, name, kind))
        if len(self._lines) >= MANY:
            self.flush()

    def flush(self) -> None:
        """Write what waits. What cannot be written is lost: nobody could be told of it."""
        lines, self._lines = self._lines, []
        with suppress(OSError):
            sys.stderr.write("".join([self._written(*line) for line in lines]))
            sys.stderr.flush()

    def _written(self, now: float, seconds: float, name: str, kind: Kind) -> str:
        second = int(now)
        if not is_own(name):
            name = without_secrets(name)
        return self._template(*kind).format(
            _date(second), int((now - second) * 1000), seconds * 1000, name
        )


@lru_cache(KINDS)
def logged_path(path: str) -> str:
    """``path``, or its text with stars where percent signs hide credentials from the log."""
    text = path
    while "%" in text and (decoded := unquote(text)) != text:
        text = decoded
    return path if without_secrets(text) == text else quote(without_secrets(text), safe="/*")


# What the parts of a template in braces stand for: 0 the second, 1 its thousandths, 2 the
# milliseconds that the request took, 3 its id.


@lru_cache(KINDS)
def _human_template(
    method: str, path: str, status: int, _route: str, _remote: str | None, has_id: bool
) -> str:
    line = _literal(f"{NAME}: {method} {logged_path(path)} {status}")
    return "".join(("{0},{1:03d} INFO ", line, " {2:.1f} ms", " [{3}]" if has_id else "", "\n"))


@lru_cache(KINDS)
def _json_template(
    method: str, path: str, status: int, route: str, remote: str | None, has_id: bool
) -> str:
    path = logged_path(path)
    where = {"method": method, "path": path, "status": status}
    return "".join(
        (
            '{{"asctime": "{0},{1:03d}", "levelname": "INFO", ',
            _literal(json.dumps({"name": NAME, "message": f"{method} {path} {status}"})[1:-2]),
            ' {2:.1f} ms", ',
            _literal(json.dumps(where)[1:-1]),
            ', "milliseconds": {2:.3f}, ',
            _literal(json.dumps({"route": route, "remote": remote})[1:-1]),
            ', "request_id": "{3}"' if has_id else "",
            "}}\n",
        )
    )


def _literal(text: str) -> str:
    """``text`` as a part of a template."""
    return text.replace("{", "{{").replace("}", "}}")


@lru_cache(2)
def _date(second: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
