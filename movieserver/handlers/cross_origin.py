"""Pages of other origins that may call (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).

Credentials that a browser adds by itself are never allowed; pages send the token explicitly.
"""

from collections.abc import Collection, Iterable, Mapping

from tornado.httputil import HTTPServerRequest

from movieserver.handlers.additions import add

ANY = "*"
EXPOSED = "Allow, ETag, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id"
REQUEST_HEADERS = (
    "Accept, Authorization, Content-Type, If-None-Match, Last-Event-ID, traceparent, tracestate, "
    "X-Request-Id"
)


class CrossOrigin:
    """Tells browsers which origins may read the answers."""

    def __init__(self, origins: Collection[str], max_age: int, methods: Iterable[str]) -> None:
        """Allow ``origins``, or all if ``*`` is one; browsers keep a preflight for ``max_age`` s.

        A preflight names ``methods``, those that any path has; a 405 names those of its own path.
        """
        self._any = ANY in origins
        self._headers = {origin: self._allowing(origin) for origin in origins}
        self._others = {"Vary": "Origin"}
        self._preflight = {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": REQUEST_HEADERS,
            "Access-Control-Max-Age": str(max_age),
        }

    def apply(self, request: HTTPServerRequest) -> None:
        """Make the answer to ``request`` say whether the request's origin may read it."""
        origin = ANY if self._any else request.headers.get("Origin", "")
        headers = self._headers.get(origin, self._others)
        if request.method == "OPTIONS" and headers is not self._others:
            headers = {**headers, **self._preflight}
        add(request, headers)

    def _allowing(self, origin: str) -> Mapping[str, str]:
        headers = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": EXPOSED,
        }
        return headers if origin == ANY else {**headers, "Vary": "Origin"}
