"""How often somebody may ask: so many requests in so many seconds, spent and regained evenly."""

from dataclasses import dataclass

from cachetools import LRUCache

from movieserver.clock import Clock

CLIENTS = 100_000
"""Clients that are remembered; of more, those that asked longest ago start anew."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client has left."""

    remaining: int
    """Requests that may follow at once."""
    reset: float
    """Seconds until the whole quota is there again."""
    wait: float
    """Seconds until the next request is allowed; more than 0 where this one is not."""


class Quota:
    """The generic cell rate algorithm: one number for each client, and no timers.

    The number is the moment at which the client's quota is whole again; each request moves it on
    by the time in which one request is regained, and may not move it past ``seconds`` from now.
    """

    def __init__(self, requests: int, seconds: float, clock: Clock, clients: int = CLIENTS) -> None:
        """Allow ``requests`` at once, and as many again within ``seconds``."""
        self.requests = requests
        self.seconds = seconds
        self._clock = clock
        self._step = seconds / requests
        self._whole: LRUCache[str, float] = LRUCache(clients)

    def take(self, client: str) -> Standing:
        """Spend one request of ``client``, if there is one; those refused cost nothing."""
        now = self._clock.monotonic()
        whole = max(self._whole.get(client, now), now)
        spent = whole + self._step - now
        # A millionth of a step is given away, so that sums of fractions do not refuse the last.
        if spent > self.seconds + self._step * 1e-6:
            return Standing(0, whole - now, spent - self.seconds)
        self._whole[client] = now + spent
        remaining = int((self.seconds - spent) / self._step + 1e-6)
        return Standing(remaining, spent, 0.0)
