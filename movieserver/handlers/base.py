"""What all handlers share: who may call, and what errors look like."""

import logging
from asyncio import Future
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, ClassVar, TypeVar

from tornado import web

from movieserver.answers import JSON, LARGE, VARY, Answer, compressed, to_json
from movieserver.errors import NotLoaded, StoreError, TokenRefused
from movieserver.events import MOVIE_ID
from movieserver.handlers.encodings import accepts_gzip, chosen
from movieserver.handlers.failures import asked
from movieserver.handlers.problems import (
    CONTENT_TYPE,
    RETRY_AFTER,
    Problem,
    problem_of,
    unauthorized,
)
from movieserver.handlers.resource import Mount
from movieserver.request_ids import HEADER, current

log = logging.getLogger(__name__)
T = TypeVar("T")

SAFE = ("GET", "HEAD", "OPTIONS")
"""The methods that change nothing (RFC 9110, 9.2.1), of those that handlers have."""


def integer(name: str, text: str, minimum: int, maximum: int) -> int:
    """The text of the query argument ``name`` as an integer within bounds."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    if not minimum <= number <= maximum:
        raise Problem(400, f"{name} is an integer from {minimum} to {maximum}.")
    return number


def legal_id(text: str) -> str:
    """A part of the path as a film's id, if it is a legal one."""
    if not MOVIE_ID.fullmatch(text):
        raise Problem(400, "A movie's id is 1 to 20 characters of A-Z, a-z, 0-9, _ and -.")
    return text


class BaseHandler(web.RequestHandler):
    """A Tornado handler that keeps the contract's rules for access, methods and errors.

    HEAD is what GET is, for Tornado leaves the body out by itself.
    """

    allowed: ClassVar[tuple[str, ...]]
    """The methods that handlers of this class have."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        unimplemented = web.RequestHandler._unimplemented_method
        own = vars(cls)
        if "head" not in own and ("get" in own or cls.head is unimplemented):
            cls.head = cls.get
        cls.allowed = tuple(
            method
            for method in cls.SUPPORTED_METHODS
            if getattr(cls, method.lower(), unimplemented) is not unimplemented
        )

    def initialize(self, mount: Mount, **_state: Any) -> None:
        self.mount = mount
        self.services = mount.services
        self.user_id = ""
        self.request_id = mount.observers.elsewhere.identify(self.request)
        self._in_flight = True
        self.services.lifecycle.enter()

    async def prepare(self) -> None:
        """Let in only whom the profile's access rule lets in."""
        current.set(self.request_id)
        self._name_request()
        if self.services.lifecycle.ended and self.request.method not in SAFE:
            raise Problem(503, "This server is stopping.", RETRY_AFTER)
        if self.request.method not in self.allowed:
            raise web.HTTPError(405)
        if self.request.method == "OPTIONS":
            return
        if self.mount.access == "token":
            self.user_id = await self._user()
        if self.mount.limiter is not None:
            self.mount.limiter.admit(self.request, self.user_id)

    def finish(self, chunk: Any = None) -> Future[None]:
        """Send the answer; while the server stops it is the last one of its connection."""
        if self.services.lifecycle.stopping:
            self.set_header("Connection", "close")
        return super().finish(chunk)

    def on_finish(self) -> None:
        self._leave()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._leave()

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """A part of the path, or an argument of the query called ``name``."""
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise Problem(400, f"{name or 'The path'} is not UTF-8.") from error

    async def bounded(self, answer: Awaitable[T]) -> T:
        """What a store answers, or ``TimeoutError`` after the profile's request time-out."""
        return await self.services.time_limit.wait(answer)

    def integer(self, name: str, default: int, minimum: int, maximum: int) -> int:
        """The query argument ``name`` as an integer within bounds."""
        return integer(name, self.get_query_argument(name, str(default)), minimum, maximum)

    def write_answer(self, answer: Answer) -> None:
        """Finish with an answer that was made beforehand, or 304 where the client has it."""
        answer = chosen(self.request, answer)
        for name, value in answer.headers.items():
            self.set_header(name, value)
        if self.check_etag_header():
            self.set_status(304)
        else:
            self.write(answer.body)

    def write_json(self, value: Any) -> None:
        """Finish with ``value`` as JSON."""
        self.write_bytes(to_json(value))

    def write_bytes(self, body: bytes, content_type: str = JSON) -> None:
        """Finish with ``body``, compressed where that is worth it."""
        self.set_header("Content-Type", content_type)
        if len(body) >= LARGE:
            self.set_header("Vary", VARY)
            if accepts_gzip(self.request):
                self.set_header("Content-Encoding", "gzip")
                body = compressed(body)
        self.write(body)

    def compute_etag(self) -> None:
        """Make no tag of bodies that were made for one request."""

    def options(self, *_path: str) -> None:
        """Say what is possible here."""
        self.set_header("Allow", self.allow()["Allow"])
        self.set_status(204)

    def allow(self) -> dict[str, str]:
        """The header that says what is possible here."""
        return {"Allow": ", ".join(self.allowed)}

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Choose the status by the error, and the body by ``write_error``."""
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        problem = problem_of(error, status_code)
        if problem.status_code == 405:
            # Tornado refuses methods that it does not know without a word about the others.
            problem = Problem(405, "This method is not possible here.", self.allow())
        super().send_error(problem.status_code, **kwargs, problem=problem)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        problem: Problem = kwargs["problem"]
        for name, value in problem.headers.items():
            self.set_header(name, value)
        self.set_header("Content-Type", CONTENT_TYPE)
        self._name_request()
        self.finish(problem.body(self.request_id))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log a store's failure in a line, a surprise with its trace, client errors not at all."""
        if isinstance(value, StoreError | NotLoaded | TimeoutError):
            reason = str(value) or "timed out"
            self.mount.failures.tell(self.request, reason, self.services.clock.monotonic())
        elif isinstance(value, web.HTTPError) and value.log_message:
            log.warning("%s: %s", asked(self.request), value)
        elif not isinstance(value, web.HTTPError | TokenRefused):
            # Tornado's own line has the query, and so whatever a client put there.
            log.error("%s failed", asked(self.request), exc_info=value)

    async def _user(self) -> str:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unauthorized(None)
        verifier = self.services.tokens
        if verifier is None:
            raise unauthorized("this server has no key to check it with")
        known = verifier.cached(token.strip())
        return known if known is not None else await self.bounded(verifier.verify(token.strip()))

    def _name_request(self) -> None:
        if self.request_id:
            self.set_header(HEADER, self.request_id)

    def _leave(self) -> None:
        if self._in_flight:
            self._in_flight = False
            self.services.lifecycle.leave()


class NotFoundHandler(BaseHandler):
    """Answers every path that no resource has, whatever the method."""

    async def prepare(self) -> None:
        self.send_error(404)

    def send_error(self, status_code: int = 404, **_kwargs: Any) -> None:
        # Tornado refuses methods that it does not know with a 405, before it prepares anything.
        problem = Problem(404, "There is nothing at this path.")
        super().send_error(404, exc_info=(Problem, problem, None))
