"""``GET /movies/top10/stream``: the ten best rated films, sent whenever they change."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream
from tornado.routing import PathMatches, Router, Rule

from movieserver.answers import Answer
from movieserver.errors import NotLoaded
from movieserver.handlers.additions import added
from movieserver.handlers.limiter import Limiter
from movieserver.handlers.listeners import Listeners, ServerSentEvent
from movieserver.handlers.memory import other_method
from movieserver.handlers.observation import BLIND, Observer
from movieserver.handlers.problems import RETRY_AFTER, Problem, problem_of
from movieserver.handlers.replies import Reply, closing_head, refuse, write
from movieserver.handlers.resource import Mount, Resource
from movieserver.memory.snapshot import Snapshot
from movieserver.process.file_limit import raise_file_limit
from movieserver.request_ids import HEADER
from movieserver.settings import setting

log = logging.getLogger(__name__)

PATH = r"/movies/top10/stream"

OTHER_FILES = 512
"""Open files reserved for everything in the process other than listeners."""
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}
"""X-Accel-Buffering asks nginx to pass on each event at once."""
RETRY_LATER = {"Retry-After": "30"}


@dataclass(frozen=True)
class StreamOptions:
    """How many may listen, and how their connections are kept."""

    max_listeners: int = setting(
        "The most listeners of one process; any more are answered 503. Each needs an open file.",
        default=10_000,
        minimum=1,
        maximum=1_000_000,
    )
    heartbeat: float = setting(
        "Seconds between two `beat` events, which show that the stream is alive.",
        default=15.0,
        minimum=0.1,
        maximum=600,
    )
    patience: float = setting(
        "Seconds that a listener may leave data unread before it is dropped; checked with each "
        "`beat`.",
        default=30.0,
        minimum=0.1,
        maximum=3600,
    )
    retry: int = setting(
        "Milliseconds after which a client should reconnect when its stream has ended.",
        default=2000,
        minimum=0,
        maximum=600_000,
    )


class Detachable(Protocol):
    """A connection that can be taken over from Tornado while headers are received."""

    def detach(self) -> IOStream: ...


class StreamRouter(Router):
    """Gives every request a delegate that makes its connection a listener."""

    def __init__(
        self,
        listeners: Listeners,
        top10: Snapshot[Answer],
        options: StreamOptions,
        observer: Observer = BLIND,
        limiter: Limiter | None = None,
    ) -> None:
        self.observer = observer
        self._limiter = limiter
        self._listeners = listeners
        self._top10 = top10
        self._wanted = self._maximum = options.max_listeners
        self._retry = f"retry: {options.retry}\n\n".encode()

    def find_handler(self, request: HTTPServerRequest, **_: Any) -> HTTPMessageDelegate | None:
        return StreamDelegate(request, self)

    def make_room(self) -> None:
        """Allow as many listeners as are wanted, or as the system has files for."""
        self._maximum = capacity(self._wanted)

    def check(self, request: HTTPServerRequest) -> None:
        """Raise ``NotLoaded`` or ``Problem`` if the client cannot listen now."""
        if self._limiter is not None:
            self._limiter.admit(request)
        _ = self._top10.value
        if self._listeners.closed:
            raise Problem(503, "This server is stopping.", RETRY_AFTER)
        if len(self._listeners) >= self._maximum:
            raise Problem(
                503, f"{self._maximum} clients are listening already; no more can.", RETRY_LATER
            )

    def join(self, stream: IOStream, known: str | None, more: Mapping[str, str]) -> None:
        """Make ``stream`` a listener that has the message ``known``; ``more`` are extra headers."""
        head = closing_head(200, {**HEADERS, **more})
        self._listeners.join(stream, head + self._retry, known)


class StreamDelegate(HTTPMessageDelegate):
    """Takes over a connection as soon as the headers have arrived, or refuses the request."""

    def __init__(self, request: HTTPServerRequest, router: StreamRouter) -> None:
        self._request = request
        self._router = router
        self._reply = Reply(200, headers=HEADERS, sized=False)

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        if self._request.method not in ("GET", "HEAD"):
            self._reply = other_method(self._request)
            return
        try:
            self._router.check(self._request)
        except (Problem, NotLoaded) as error:
            self._reply = refuse(problem_of(error))
            return
        if self._request.method == "GET":
            self._listen(headers.get("Last-Event-ID"))

    def finish(self) -> None:
        write(self._request, self._reply, self._router.observer)

    def _listen(self, known: str | None) -> None:
        connection = cast(Detachable, self._request.connection)
        request_id = self._router.observer.identify(self._request)
        more = dict(added(self._request))
        if request_id:
            more[HEADER] = request_id
        self._router.join(connection.detach(), known, more)
        self._router.observer.saw(self._request, 200, request_id)


def capacity(wanted: int) -> int:
    """How many of the wanted listeners the limit of open files has room for."""
    files = raise_file_limit(wanted + OTHER_FILES)
    if files >= wanted + OTHER_FILES:
        return wanted
    room = max(files - OTHER_FILES, files // 2)
    log.warning(
        "only %d of %d listeners can be served: this process may open %d files; raise its limit "
        "to %d (ulimit -n, LimitNOFILE) or lower max_listeners",
        *(room, wanted, files, wanted + OTHER_FILES),
    )
    return room


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    services, options = mount.services, mount.options
    listeners = Listeners(services.clock, options.heartbeat, options.patience)
    services.memory.top10.watch(lambda top10: listeners.announce(message(top10)))
    services.lifecycle.at_stop(listeners.close)
    services.meters.listeners[PATH] = listeners.__len__
    observer = mount.observers.of(PATH)
    router = StreamRouter(listeners, services.memory.top10, options, observer, mount.limiter)
    services.lifecycle.at_start(router.make_room)
    return [Rule(PathMatches(PATH), router)]


def message(top10: Answer) -> ServerSentEvent:
    """The event of a top ten; its id depends only on the content, in every process."""
    return ServerSentEvent.of("top10", top10.etag.strip('"'), top10.body)


resource = Resource(
    "top10_stream",
    routes,
    reads=frozenset({"top10"}),
    access=frozenset({"public"}),
    options=StreamOptions,
    description=Path(__file__).with_suffix(".yaml"),
)
