"""The first stop of every request: limits the size of its body and the time it may take."""

from collections.abc import Awaitable
from typing import Any
from weakref import WeakKeyDictionary

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream
from tornado.routing import Router

from movieserver.clock import Clock
from movieserver.handlers.admission import (
    BODY_LIMIT,
    ends,
    has_body,
    origin_form,
    refusal,
    too_large,
)
from movieserver.handlers.cross_origin import CrossOrigin
from movieserver.handlers.observation import BLIND, Observer
from movieserver.handlers.replies import refuse, write

NOBODY = HTTPMessageDelegate()
"""The delegate until the headers have arrived, and of a request that they rule out."""


class Request(HTTPServerRequest):
    """A request whose duration does not change when the machine's clock is set meanwhile."""

    def __init__(self, clock: Clock, **parts: Any) -> None:
        super().__init__(**parts)
        self._monotonic = clock.monotonic
        self._begun_at = clock.monotonic()

    def request_time(self) -> float:
        return self._monotonic() - self._begun_at


class Front(HTTPServerConnectionDelegate):
    """Stands before a router and refuses requests that are malformed or too large.

    It also notes since when each connection has owed the headers of its next request, the rest of
    its body, or the reading of its answer, so that one periodic sweep replaces a timer for each.
    """

    def __init__(
        self,
        router: Router,
        clock: Clock,
        patience: float,
        observer: Observer = BLIND,
        cross_origin: CrossOrigin | None = None,
    ) -> None:
        """Pass requests on to ``router``, and tell ``observer`` of those refused here.

        The router must have an answer for every path. A connection may take ``patience`` seconds
        for headers, again for a body, and again to read the answer. ``cross_origin`` tells browsers
        which pages of other origins may read the answers, if any may.
        """
        self.observer = observer
        self._cross_origin = cross_origin
        self._router = router
        self._clock = clock
        self._patience = patience
        # Weak, because nothing reports a client that disconnects between two requests.
        self._waiting: WeakKeyDictionary[HTTPConnection, tuple[float, bool]] = WeakKeyDictionary()
        """Since when each connection has owed something; True once its request is complete."""

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        self._waiting[request_conn] = (self._clock.monotonic(), False)
        return Exchange(self, self._clock, server_conn, request_conn)

    def delegate(self, request: HTTPServerRequest) -> HTTPMessageDelegate:
        """The delegate that takes the body of ``request`` and answers it, unless it is refused."""
        if request.connection is not None:
            if has_body(request):
                self._waiting[request.connection] = (self._clock.monotonic(), False)
            else:
                self.arrived(request.connection)
        if self._cross_origin is not None:
            self._cross_origin.apply(request)
        problem = refusal(request)
        if problem is not None:
            # Once there is an answer, Tornado stops reading and closes the connection.
            write(request, refuse(problem), self.observer)
            return NOBODY
        delegate = self._router.find_handler(request)
        assert delegate is not None, f"the router has no answer for {request.path}"
        return delegate

    def arrived(self, connection: HTTPConnection) -> None:
        """Note that the request on ``connection`` is complete."""
        self._waiting[connection] = (self._clock.monotonic(), True)

    async def sweep(self) -> None:
        """Close the connections that have owed something for too long; runs for ever."""
        while True:
            await self._clock.sleep(self._patience / 4)
            now = self._clock.monotonic()
            for connection, (since, complete) in list(self._waiting.items()):
                if complete and not is_writing(connection):
                    self._waiting[connection] = (now, True)
                elif since < now - self._patience:
                    del self._waiting[connection]
                    connection.close()  # type: ignore[attr-defined]


def is_writing(connection: HTTPConnection) -> bool:
    """Whether a part of the answer is still to be taken by the client."""
    stream: IOStream | None = connection.stream  # type: ignore[attr-defined]
    return stream is not None and stream.writing()


class Exchange(HTTPMessageDelegate):
    """One request and its answer: chooses the delegate by the headers and limits the body."""

    def __init__(
        self, front: Front, clock: Clock, server_connection: object, connection: HTTPConnection
    ) -> None:
        self._front = front
        self._clock = clock
        self._server_connection = server_connection
        self._connection = connection
        self._delegate = NOBODY
        self._size = 0

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        if ends(headers):
            self._connection._disconnect_on_finish = True  # type: ignore[attr-defined]
        if not start_line.path.startswith("/"):
            start_line = origin_form(start_line, headers)
        self._request = Request(
            self._clock,
            connection=self._connection,
            server_connection=self._server_connection,
            start_line=start_line,
            headers=headers,
        )
        self._delegate = self._front.delegate(self._request)
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._size += len(chunk)
        if self._size <= BODY_LIMIT:
            return self._delegate.data_received(chunk)
        write(self._request, refuse(too_large()), self._front.observer)
        return None

    def finish(self) -> None:
        self._front.arrived(self._connection)
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()
