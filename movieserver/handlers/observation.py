"""Records every request when it is answered: ids, counts and log lines, by route."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from tornado.httputil import HTTPServerRequest
from tornado.routing import PathMatches, Rule
from tornado.web import RequestHandler

from movieserver.handlers.access_log import LENGTH, AccessLog, logged
from movieserver.metrics import Meters, RouteMeter
from movieserver.request_ids import HEADER, chosen_id, current_while, new_id

log = logging.getLogger(__name__)

PART = re.compile(r"\((?:\?P<(\w+)>)?.*?\)")
"""A variable part of a path pattern."""
NO_ROUTE = "none"
"""The route of a path that no handler serves."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What to record."""

    ids: bool = False
    """Whether requests have ids."""
    access: AccessLog | None = None
    """Gets a line for every request; None if that is not wanted."""
    slow: float = inf
    """Seconds from which a request is logged as slow."""


class Observer:
    """Records the answered requests of one route."""

    __slots__ = ("_access", "_ids", "_meter", "_route", "_slow")

    def __init__(self, route: str, notes: Notes, meter: RouteMeter | None) -> None:
        """Count with ``meter``, if there is one."""
        self._route = route
        self._ids, self._access, self._slow = notes.ids, notes.access, notes.slow
        self._meter = meter

    def identify(self, request: HTTPServerRequest) -> str:
        """The id of ``request``; empty if requests have no ids."""
        if not self._ids:
            return ""
        # Faster than get(), which raises and catches an error if the header is missing.
        given = request.headers.get_list(HEADER)
        return chosen_id(given[0]) if len(given) == 1 else new_id()

    def saw(self, request: HTTPServerRequest, status: int, request_id: str) -> None:
        """Note that ``request`` was just answered with ``status``; its id may be empty."""
        seconds = request.request_time()
        if self._meter is not None:
            self._meter.add(request.method, status, seconds)
        if seconds >= self._slow:
            self._warn(request, status, seconds, request_id)
        if self._access is not None:
            self._access.add(request, status, seconds, self._route, request_id)

    def refused(self, status: int) -> str:
        """Note that input that is not a request was answered ``status``; return an id for it."""
        if self._meter is not None:
            self._meter.add(None, status, 0.0)
        return new_id() if self._ids else ""

    def _warn(
        self, request: HTTPServerRequest, status: int, seconds: float, request_id: str
    ) -> None:
        """Log a slow request without its query, which may hold anything."""
        values = {
            "method": logged((request.method or "")[:LENGTH]),
            "path": logged(request.path[:LENGTH]),
            "status": status,
            "milliseconds": round(seconds * 1000, 3),
        }
        line = "{method} {path} {status} {milliseconds:.1f} ms".format_map(values)
        extra = {**values, "route": self._route, "remote": request.remote_ip}
        with current_while(request_id):
            log.warning("slow request: %s", line, extra=extra)


BLIND = Observer(NO_ROUTE, Notes(), None)
"""Records nothing."""


class Observers:
    """The observers of one server, by route."""

    def __init__(self, notes: Notes | None = None, meters: Meters | None = None) -> None:
        """Record what ``notes`` says, by default nothing; count with ``meters`` if given."""
        self._notes = notes or Notes()
        self._meters = meters
        self._routes: list[tuple[re.Pattern[str], Observer]] = []
        self.elsewhere = self.of(NO_ROUTE)
        """Records what no route matches, and what was refused before its route was known."""

    def of(self, route: str) -> Observer:
        """An observer of a route, given as a template or as a path pattern."""
        route = template(route)
        return Observer(route, self._notes, self._meters.route(route) if self._meters else None)

    def follow(self, rules: Iterable[Rule]) -> None:
        """Make ``log_function`` attribute each request to the first of ``rules`` that matches."""
        for rule in rules:
            if isinstance(rule.matcher, PathMatches):
                regex = rule.matcher.regex
                self._routes.append((regex, self.of(regex.pattern)))

    def flush(self) -> None:
        """Write the access log's pending lines."""
        if self._notes.access is not None:
            self._notes.access.flush()

    def log_function(self, handler: RequestHandler) -> None:
        """Record a request; a Tornado application calls this for each one it has answered."""
        path = handler.request.path
        observer = next((o for regex, o in self._routes if regex.match(path)), self.elsewhere)
        observer.saw(handler.request, handler.get_status(), getattr(handler, "request_id", ""))


def template(pattern: str) -> str:
    """The route of a path pattern: ``/movies/{id}`` for ``/movies/([^/]+)$``."""
    named = PART.sub(lambda part: f"{{{part[1] or 'id'}}}", pattern.removesuffix("$"))
    return named.replace("\\", "")
