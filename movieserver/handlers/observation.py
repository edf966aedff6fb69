"""What is noted of every request when it is answered, by the route that it took."""

import re
from collections.abc import Iterable

from tornado.httputil import HTTPServerRequest
from tornado.routing import PathMatches, Rule
from tornado.web import RequestHandler

from movieserver.metrics import Meters, RouteMeter

PART = re.compile(r"\((?:\?P<(\w+)>)?.*?\)")
"""A part of the path that a pattern leaves open."""
NO_ROUTE = "none"
"""Stands for a path that no handler has."""


def template(pattern: str) -> str:
    """The route of a path pattern: ``/movies/{id}`` for ``/movies/([^/]+)$``."""
    named = PART.sub(lambda part: f"{{{part[1] or 'id'}}}", pattern.removesuffix("$"))
    return named.replace("\\", "")


class Observer:
    """Sees the answered requests of one route."""

    __slots__ = ("_meter",)

    def __init__(self, meter: RouteMeter | None) -> None:
        """Count with ``meter``, if there is one."""
        self._meter = meter

    def saw(self, request: HTTPServerRequest, status: int) -> None:
        """Note that ``request`` has just been answered with ``status``."""
        if self._meter is not None:
            self._meter.add(request.method, status, request.request_time())


BLIND = Observer(None)
"""Sees nothing: where nobody wants to know."""


class Observers:
    """The observers of one server, by route."""

    def __init__(self, meters: Meters | None = None) -> None:
        """Count with ``meters``; without them nothing is counted."""
        self._meters = meters
        self._routes: list[tuple[re.Pattern[str], Observer]] = []
        self.elsewhere = self.of(NO_ROUTE)
        """Sees what no route takes."""

    def of(self, route: str) -> Observer:
        """The observer of a route, given as a template or as the pattern of a path."""
        return Observer(self._meters.route(template(route)) if self._meters else None)

    def follow(self, rules: Iterable[Rule]) -> None:
        """Tell the requests of an application apart by its rules: the first that fits."""
        for rule in rules:
            if isinstance(rule.matcher, PathMatches):
                regex = rule.matcher.regex
                self._routes.append((regex, self.of(regex.pattern)))

    def log_function(self, handler: RequestHandler) -> None:
        """What an application calls for each request that it answered."""
        request = handler.request
        observer = next(
            (o for regex, o in self._routes if regex.match(request.path)), self.elsewhere
        )
        observer.saw(request, handler.get_status())
