"""A quota for each client: a number of requests in a number of seconds, regained evenly."""

from dataclasses import dataclass

from cachetools import LRUCache

from movieserver.clock import Clock

CLIENTS = 100_000
"""Clients remembered; beyond that, those that asked longest ago are forgotten."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a client's quota."""

    remaining: int
    """Requests that the client may still make at once."""
    reset: float
    """Seconds until the quota is whole again."""
    wait: float
    """Seconds until a request is allowed again; 0 if this one was allowed."""


class Quota:
    """The generic cell rate algorithm: one number for each client, and no timers.

    The number is the moment at which the client's quota is whole again. Each request moves it on
    by the time in which one request is regained, and must not move it past ``seconds`` from now.
    """

    def __init__(self, requests: int, seconds: float, clock: Clock, clients: int = CLIENTS) -> None:
        """Allow ``requests`` at once, and as many again within ``seconds``."""
        self.requests = requests
        self.seconds = seconds
        self._clock = clock
        self._step = seconds / requests
        self._whole: LRUCache[str, float] = LRUCache(clients)

    def take(self, client: str) -> Standing:
        """Spend one request of ``client`` if it has one; a refused request costs nothing."""
        now = self._clock.monotonic()
        whole = max(self._whole.get(client, now), now)
        spent = whole + self._step - now
        # Allow a millionth of a step, so that rounding does not refuse the last request.
        if spent > self.seconds + self._step * 1e-6:
            return Standing(0, whole - now, spent - self.seconds)
        self._whole[client] = now + spent
        remaining = int((self.seconds - spent) / self._step + 1e-6)
        return Standing(remaining, spent, 0.0)
