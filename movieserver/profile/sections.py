"""The sections of a profile, with all their keys."""

from dataclasses import dataclass

from movieserver.handlers import ACCESS
from movieserver.origins import check_origin
from movieserver.places import Found
from movieserver.profile import address
from movieserver.settings import UnfitValue, setting
from movieserver.texts import CONTROL
from movieserver.tokens import AuthSettings
from movieserver.topic import TopicSettings
from movieserver.tracing import TracingSettings


@dataclass(frozen=True)
class HttpSettings:
    """``http``: how the server treats its clients."""

    idle_timeout: float = setting(
        "Seconds after which a connection is closed if it has no complete request, or if its "
        "client has not read all of the answer.",
        default=75.0,
        minimum=1,
        maximum=3600,
    )
    max_header_size: int = setting(
        "The most bytes in a request's headers; larger ones are answered 431, and so are more than "
        "1000 lines.",
        default=1_250_000,
        minimum=8192,
        maximum=16_777_216,
    )
    request_timeout: float = setting(
        "Seconds that a request waits for a store before it is answered 503.",
        default=5.0,
        minimum=0.1,
        maximum=60,
    )
    drain_timeout: float = setting(
        "Seconds that requests in flight, and then the jobs, have to finish when the server stops.",
        default=10.0,
        minimum=0,
        maximum=600,
    )
    trust_proxy: bool = setting(
        "Whether to believe X-Forwarded-For and X-Forwarded-Proto; only behind a proxy that sets "
        "them.",
        default=False,
    )


@dataclass(frozen=True)
class CorsSettings:
    """``cors``: which pages of other origins may call."""

    origins: tuple[str, ...] = setting(
        "Origins such as https://example.org whose pages may call, or * alone for all.", default=()
    )
    max_age: int = setting(
        "Seconds for which a browser may remember the answer to a preflight request.",
        default=600,
        minimum=0,
        maximum=86_400,
    )

    def __post_init__(self) -> None:
        """Check that the origins are written as browsers send them."""
        for origin in self.origins:
            try:
                if origin != "*":
                    check_origin(origin)
            except ValueError as error:
                raise UnfitValue("origins", f"found the origin {origin!r}; {error}") from error
        if "*" in self.origins and len(self.origins) > 1:
            raise UnfitValue(
                "origins", "found * among other origins; allowed: * alone, or a list without it"
            )

    def __bool__(self) -> bool:
        """Whether any origins are listed."""
        return bool(self.origins)


@dataclass(frozen=True)
class LogSettings:
    """``log``: what is written to standard error."""

    level: str = setting(
        "The lowest level of lines that are written.",
        default="info",
        choices=("debug", "info", "warning", "error"),
    )
    format: str = setting(
        "One line of text or one JSON object for each event.",
        default="human",
        choices=("human", "json"),
    )
    access: bool = setting("Whether every request is logged.", default=False)
    slow_request: float | None = setting(
        "Seconds from which a request counts as slow and is logged as a warning.",
        default=1.0,
        minimum=0.001,
        maximum=3600,
    )
    request_ids: bool = setting(
        "Whether every request has an id: X-Request-Id in the answer, request_id in errors and "
        "log lines.",
        default=True,
    )


@dataclass(frozen=True)
class StoreSettings:
    """One entry of ``stores``."""

    url: str = setting("Where the store is; the scheme picks the backend.")
    backend: str | None = setting(
        "The backend by short name or dotted path, if the scheme does not name it.", default=None
    )
    timeout: float = setting(
        "Seconds within which the store must answer.", default=5.0, minimum=0.1, maximum=60
    )


@dataclass(frozen=True)
class LimitSettings:
    """``limit``: how often one client may ask a handler."""

    requests: int = setting(
        "Requests that one client (a user, or an address where access is public) may send at once.",
        minimum=1,
        maximum=1_000_000,
    )
    seconds: float = setting(
        "Seconds in which a client regains that many requests, evenly.",
        default=60.0,
        minimum=1,
        maximum=86_400,
    )


@dataclass(frozen=True)
class HandlerSettings:
    """The keys that every entry of ``handlers`` may have, besides the handler's own options."""

    access: str = setting(
        "Who may call: anybody, or only users with a valid bearer token.",
        choices=ACCESS,
    )
    limit: LimitSettings | None = setting(
        "How often one client may ask; counted by each process.", default=None
    )


@dataclass(frozen=True)
class ProfileSettings:
    """The top level of a profile."""

    profile: str = setting("The profile's name, for people.")
    listen: Found = setting(
        "The address to listen on; port 0 lets the system choose one.", form=address.ALLOWED
    )
    processes: int = setting("Processes that share the port.", default=1, minimum=1, maximum=256)
    shipped_data: bool = setting(
        "Whether to load the shipped nominees if the movie store has none, and likewise the "
        "movies.",
        default=False,
    )
    make_secret: bool = setting(
        "Whether to make the data folder's token secret at the first start if no key is set.",
        default=False,
    )
    stores: Found | None = setting(
        "The stores by role: movies, rates, events; each is a URL or a mapping.",
        default=None,
    )
    events: TopicSettings = setting("The topic of rates.", default=TopicSettings())
    handlers: Found | None = setting(
        "The handlers by short name or dotted path, each with its options.", default=None
    )
    jobs: Found | None = setting(
        "The jobs by short name or dotted path, each with its options.", default=None
    )
    auth: AuthSettings = setting("How bearer tokens are checked.", default=AuthSettings())
    http: HttpSettings = setting("How clients are treated.", default=HttpSettings())
    cors: CorsSettings = setting("Pages of other origins that may call.", default=CorsSettings())
    log: LogSettings = setting("What is logged.", default=LogSettings())
    tracing: TracingSettings = setting("What is traced.", default=TracingSettings())

    def __post_init__(self) -> None:
        """Check that the name has no control characters."""
        if CONTROL.search(self.profile):
            raise UnfitValue(
                "profile", f"found {self.profile!r}; allowed: a string without control characters"
            )
