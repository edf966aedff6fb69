"""Answers from memory: Tornado's message delegates, without the cost of a request handler.

A resource that is answered from memory supplies one function from request to ``Answer``. If the
resource is public, a delegate writes the answer's bytes at once; if it is behind a token, a handler
checks the token first.
"""

from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import PathMatches, Router, Rule
from tornado.web import HTTPError

from movieserver.answers import Answer
from movieserver.errors import NotLoaded
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.encodings import chosen
from movieserver.handlers.observation import BLIND, Observer
from movieserver.handlers.problems import Problem, problem_of
from movieserver.handlers.replies import Reply, refuse, write
from movieserver.handlers.resource import Mount

ALLOW = {"Allow": "GET, HEAD, OPTIONS"}
REPEATED = ("Etag", "Vary", "Cache-Control", "Content-Location", "Expires")
"""The headers of an answer that a 304 repeats (RFC 9110, 15.4.5)."""

Responder = Callable[[HTTPServerRequest], Answer]
"""Answers a GET from memory, or raises ``Problem`` or ``NotLoaded``."""


def memory_rule(pattern: str, mount: Mount, responder: Responder) -> Rule:
    """The rule that serves ``responder`` at ``pattern`` under the mount's access rule."""
    if mount.access == "public":
        responder = mount.limiter.before(responder) if mount.limiter else responder
        return Rule(PathMatches(pattern), MemoryRouter(responder, mount.observers.of(pattern)))
    return Rule(PathMatches(pattern), MemoryHandler, {"mount": mount, "responder": responder})


class MemoryRouter(Router):
    """Gives every request a delegate that answers it from memory."""

    def __init__(self, responder: Responder, observer: Observer = BLIND) -> None:
        self._responder = responder
        self._observer = observer

    def find_handler(self, request: HTTPServerRequest, **_: Any) -> HTTPMessageDelegate | None:
        return MemoryDelegate(request, self._responder, self._observer)


class MemoryDelegate(HTTPMessageDelegate):
    """Answers one request as soon as it is complete."""

    def __init__(
        self, request: HTTPServerRequest, responder: Responder, observer: Observer
    ) -> None:
        self._request = request
        self._responder = responder
        self._observer = observer

    def finish(self) -> None:
        write(self._request, respond(self._request, self._responder), self._observer)


def respond(request: HTTPServerRequest, responder: Responder) -> Reply:
    """The reply to ``request``; raises nothing."""
    if request.method not in ("GET", "HEAD"):
        return other_method(request)
    try:
        answer = chosen(request, responder(request))
    except (HTTPError, NotLoaded) as error:
        return refuse(problem_of(error))
    except Exception as error:  # noqa: BLE001 - logged where the request's id is known
        return refuse(problem_of(error), error)
    if "If-None-Match" in request.headers and unchanged(request, answer):
        return Reply(304, headers=unchanged_headers(answer))
    return Reply(200, answer.body, answer.headers)


def other_method(request: HTTPServerRequest) -> Reply:
    """The reply to a method other than GET and HEAD."""
    if request.method == "OPTIONS":
        return Reply(204, headers=ALLOW)
    return refuse(Problem(405, "This method is not allowed here.", ALLOW))


def unchanged(request: HTTPServerRequest, answer: Answer) -> bool:
    """Whether the client already has the answer (RFC 9110, 13.1.2: weak comparison)."""
    tags = [tag.strip() for tag in request.headers["If-None-Match"].split(",")]
    return "*" in tags or answer.etag in (tag.removeprefix("W/") for tag in tags)


def unchanged_headers(answer: Answer) -> dict[str, str]:
    """The headers of the answer that a 304 has to repeat (RFC 9110, 15.4.5)."""
    return {name: answer.headers[name] for name in REPEATED if name in answer.headers}


class MemoryHandler(BaseHandler):
    """Gives the same answers to the user of a token."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount)
        self._responder: Responder = state["responder"]

    def get(self, *_path: str, **_named: str) -> None:
        self.write_answer(self._responder(self.request))
