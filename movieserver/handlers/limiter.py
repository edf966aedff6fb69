"""Limits to how often a resource is asked, as clients see them.

``RateLimit`` and ``RateLimit-Policy`` are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from math import ceil
from typing import TypeVar

from tornado.httputil import HTTPServerRequest

from movieserver.handlers.additions import add
from movieserver.handlers.problems import Problem
from movieserver.handlers.quota import Quota, Standing

T = TypeVar("T")
NETWORK = 64
"""Bits of an IPv6 address that stand for one client."""


class Limiter:
    """Counts the requests for one resource: by user, or by address where it is public."""

    def __init__(self, name: str, quota: Quota) -> None:
        """Take the resource's name and what each client may."""
        self._name = name
        self._quota = quota
        self._policy = f'"{name}";q={quota.requests};w={ceil(quota.seconds)}'

    def admit(self, request: HTTPServerRequest, user: str = "") -> None:
        """Count ``request`` and let its answer say so; raises ``Problem`` 429 where it is over."""
        standing = self._quota.take(user or client(request.remote_ip or ""))
        add(request, self._headers(standing))
        if standing.wait > 0:
            seconds = str(ceil(standing.wait))
            detail = (
                f"Not more than {self._quota.requests} requests in {self._quota.seconds:g} s; "
                f"try again in {seconds} s."
            )
            raise Problem(429, detail, {"Retry-After": seconds})

    def before(self, answer: Callable[[HTTPServerRequest], T]) -> Callable[[HTTPServerRequest], T]:
        """``answer`` for those requests that are admitted."""

        def admitted(request: HTTPServerRequest) -> T:
            self.admit(request)
            return answer(request)

        return admitted

    def _headers(self, standing: Standing) -> dict[str, str]:
        left = f'"{self._name}";r={standing.remaining};t={ceil(standing.reset)}'
        return {"RateLimit": left, "RateLimit-Policy": self._policy}


def client(address: str) -> str:
    """Who stands behind an address: of IPv6, everyone has a whole network."""
    if ":" not in address:
        return address
    try:
        ip = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.ipv4_mapped is not None:  # so do some proxies write an address of IPv4
        return str(ip.ipv4_mapped)
    return str(IPv6Network((ip, NETWORK), strict=False))
