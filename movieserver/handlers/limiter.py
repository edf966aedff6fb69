"""Limits on how often a client may call a resource.

The headers ``RateLimit`` and ``RateLimit-Policy`` follow
draft-ietf-httpapi-ratelimit-headers-10.
"""

from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from math import ceil
from typing import TypeVar

from tornado.httputil import HTTPServerRequest

from movieserver.handlers.additions import add
from movieserver.handlers.problems import Problem
from movieserver.handlers.quota import Quota, Standing
from movieserver.texts import counted

T = TypeVar("T")
NETWORK = 64
"""Leading bits of an IPv6 address that identify one client."""


class Limiter:
    """Counts the requests for one resource: by user, or by address if it is public."""

    def __init__(self, name: str, quota: Quota) -> None:
        """Take the resource's name and the quota of each client."""
        self._name = name
        self._quota = quota
        self._policy = f'"{name}";q={quota.requests};w={ceil(quota.seconds)}'

    def admit(self, request: HTTPServerRequest, user: str = "") -> None:
        """Count ``request``, and add the quota to its answer; raise ``Problem`` 429 if over it."""
        standing = self._quota.take(user or client(request.remote_ip or ""))
        add(request, self._headers(standing))
        if standing.wait > 0:
            seconds = str(whole(standing.wait))
            requests = counted(self._quota.requests, "request")
            detail = (
                f"The limit is {requests} in {self._quota.seconds:g} s; try again in {seconds} s."
            )
            raise Problem(429, detail, {"Retry-After": seconds})

    def before(self, answer: Callable[[HTTPServerRequest], T]) -> Callable[[HTTPServerRequest], T]:
        """A function that calls ``answer`` for the requests that are admitted."""

        def admitted(request: HTTPServerRequest) -> T:
            self.admit(request)
            return answer(request)

        return admitted

    def _headers(self, standing: Standing) -> dict[str, str]:
        left = f'"{self._name}";r={standing.remaining};t={whole(standing.reset)}'
        return {"RateLimit": left, "RateLimit-Policy": self._policy}


def whole(seconds: float) -> int:
    """``seconds`` in whole ones, rounded up, but not because of a rounding error; at least 1."""
    return max(ceil(round(seconds, 6)), 1)


def client(address: str) -> str:
    """The client behind an address; a whole IPv6 network counts as one client."""
    if ":" not in address:
        return address
    try:
        ip = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.ipv4_mapped is not None:  # some proxies write IPv4 addresses like this
        return str(ip.ipv4_mapped)
    return str(IPv6Network((ip, NETWORK), strict=False))
