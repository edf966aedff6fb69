"""The log lines of requests that a store did not answer."""

import logging

from tornado.httputil import HTTPServerRequest

from movieserver.handlers.access_log import LENGTH, logged

log = logging.getLogger(__name__)

PERIOD = 1.0
"""Seconds between two lines of one resource with the same reason."""
REASONS = 100
"""The maximum number of reasons tracked at a time."""


class Failures:
    """Logs a line a second per reason and resource: while a store is down, all requests fail."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def tell(self, request: HTTPServerRequest, reason: str, now: float) -> None:
        """Log why ``request`` failed at ``now``, in seconds, or count it for the next line."""
        if now < self._next.get(reason, now):
            self._unsaid[reason] = self._unsaid.get(reason, 0) + 1
            return
        if len(self._next) >= REASONS:
            self._next.clear()
            self._unsaid.clear()
        self._next[reason] = now + PERIOD
        unsaid = self._unsaid.pop(reason, 0)
        more = f" (and {unsaid} more requests since the last such line)" if unsaid else ""
        log.warning("%s: %s%s", asked(request), reason, more)


def asked(request: HTTPServerRequest) -> str:
    """The method and path of ``request``, made safe for a line of the log."""
    return f"{logged((request.method or '')[:LENGTH])} {logged(request.path[:LENGTH])}"
