"""The base of all request handlers: who may call, and what errors look like."""

import logging
from asyncio import Future
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, ClassVar, TypeVar

from tornado import web

from movieserver.answers import JSON, LARGE, VARY, Answer, compressed, to_json
from movieserver.errors import NotLoaded, StoreError, TokenRefused
from movieserver.handlers.additions import end_connection
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
"""The safe methods (RFC 9110, 9.2.1) among those that handlers implement."""


class BaseHandler(web.RequestHandler):
    """A Tornado handler that keeps the contract's rules for access, methods and errors.

    HEAD runs the same method as GET, because Tornado leaves out the body by itself.
    """

    allowed: ClassVar[tuple[str, ...]]
    """The methods that this class implements."""

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
        if not self.request.body:
            # Tornado would refuse a broken type of a form that is not there.
            self.request.headers.pop("Content-Type", None)
        self.mount = mount
        self.services = mount.services
        self.user_id = ""
        self.request_id = mount.observers.elsewhere.identify(self.request)
        self._in_flight = True
        self.services.lifecycle.enter()

    def set_default_headers(self) -> None:
        """Say nothing of the software, like the answers from memory."""
        self.clear_header("Server")

    async def prepare(self) -> None:
        """Refuse what the server's state, the method, the access rule or the limit rules out."""
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
        """Send the answer; if the server is stopping, also close the connection."""
        if self.services.lifecycle.stopping:
            end_connection(self.request)
        return super().finish(chunk)

    def on_finish(self) -> None:
        self._leave()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._leave()

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Decode an argument's value, or a part of the path if there is no ``name``."""
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise Problem(400, f"{name or 'The path'} is not UTF-8.") from error

    async def bounded(self, answer: Awaitable[T]) -> T:
        """Await a store's answer; raise ``TimeoutError`` after the profile's request time-out."""
        return await self.services.time_limit.wait(answer)

    def write_answer(self, answer: Answer) -> None:
        """Write an answer that was made in advance, or a 304 if the client already has it."""
        answer = chosen(self.request, answer)
        for name, value in answer.headers.items():
            self.set_header(name, value)
        if self.check_etag_header():
            self.set_status(304)
        else:
            self.write(answer.body)

    def write_json(self, value: Any) -> None:
        """Write ``value`` as JSON."""
        self.write_bytes(to_json(value))

    def write_bytes(self, body: bytes, content_type: str = JSON) -> None:
        """Write ``body``, compressed if it is large and the client accepts gzip."""
        self.set_header("Content-Type", content_type)
        if len(body) >= LARGE:
            self.add_header("Vary", VARY)
            if accepts_gzip(self.request):
                self.set_header("Content-Encoding", "gzip")
                body = compressed(body)
        self.write(body)

    def compute_etag(self) -> None:
        """Compute no entity tag, because the body was made for this request only."""

    def options(self, *_path: str, **_named: str) -> None:
        """Answer with the methods that this path allows."""
        self.set_header("Allow", self.allow()["Allow"])
        self.set_status(204)

    def allow(self) -> dict[str, str]:
        """The ``Allow`` header of this path."""
        return {"Allow": ", ".join(self.allowed)}

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Choose the status by the error; ``write_error`` makes the body."""
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        problem = problem_of(error, status_code)
        if problem.status_code == 405:
            # When Tornado refuses a method that it does not know, it names no allowed ones.
            problem = Problem(405, "This method is not allowed here.", self.allow())
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
        """Log a store's failure in one line and an unexpected error with its traceback.

        Other HTTP errors are logged in one line if they carry a log message, else not at all.
        """
        if isinstance(value, StoreError | NotLoaded | TimeoutError):
            reason = str(value) or "timed out"
            self.mount.failures.tell(self.request, reason, self.services.clock.monotonic())
        elif isinstance(value, web.HTTPError) and value.log_message:
            log.warning("%s: %s", asked(self.request), value)
        elif not isinstance(value, web.HTTPError | TokenRefused):
            # Tornado's own line would include the query, with whatever the client put there.
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
    """Answers 404 on every path that no resource serves, whatever the method."""

    async def prepare(self) -> None:
        self.send_error(404)

    def send_error(self, status_code: int = 404, **_kwargs: Any) -> None:
        # Tornado refuses a method that it does not know with a 405, before it calls prepare().
        problem = Problem(404, "There is nothing at this path.")
        super().send_error(404, exc_info=(Problem, problem, None))
