"""Users who rate while a server is killed, or one of its engines is."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from tests.processes import PATIENCE, Process, eventually, token

MOVIES = [f"tt{number:07}" for number in range(20)]
USERS = 6
TIME_OUT = 10.0
"""Seconds that a user waits for an answer."""


@dataclass
class Rater:
    """A user who rates one film after the other until told to stop, or the server is gone.

    What is refused is tried again.
    """

    server: Process
    user: str
    seed: int
    acknowledged: dict[str, int | None] = field(default_factory=dict)
    in_flight: dict[str, int | None] = field(default_factory=dict)
    """The rate that may be stored or not: it has had no answer, or was refused."""
    answers: int = 0
    """How many posts and deletions were acknowledged."""
    refused: int = 0
    longest: float = 0.0
    """Seconds that the slowest acknowledgement took, refusals before it included."""
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        choose = random.Random(self.seed)
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {token(self.server.data, self.user)}"
            while not self.stopping.is_set():
                movie_id = choose.choice(MOVIES)
                rate = choose.choice([None, *range(1, 11)])
                self.in_flight = {movie_id: rate}
                began = time.monotonic()
                try:
                    while not self._accepted(session, movie_id, rate):
                        self.refused += 1
                        if self.stopping.is_set():
                            return
                except requests.RequestException:
                    return
                self.acknowledged[movie_id] = rate
                self.in_flight = {}
                self.answers += 1
                self.longest = max(self.longest, time.monotonic() - began)

    def check(self, server: Process) -> int:
        """Compare what the server has with what it acknowledged; returns how many there were."""
        for movie_id, rate in self.acknowledged.items():
            answer = server.get(f"/movies/{movie_id}/users/rate", headers=server.bearer(self.user))
            kept = answer.json()["rate"] if answer.status_code == 200 else None
            assert kept in {rate, self.in_flight.get(movie_id, rate)}, (self.user, movie_id)
        return len(self.acknowledged)

    def _accepted(self, session: requests.Session, movie_id: str, rate: int | None) -> bool:
        url = f"{self.server.url}/movies/{movie_id}/users/rate"
        if rate is None:
            return session.delete(url, timeout=TIME_OUT).status_code == 204
        return session.post(url, json={"rate": rate}, timeout=TIME_OUT).status_code == 200


@contextmanager
def rating(server: Process) -> Iterator[list[Rater]]:
    """Users who rate during the block, after which they stop."""
    raters = [Rater(server, f"user{number}", number) for number in range(USERS)]
    for rater in raters:
        token(server.data, rater.user)
    threads = [threading.Thread(target=rater.run) for rater in raters]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: all(len(rater.acknowledged) > 3 for rater in raters))
        yield raters
    finally:
        for rater in raters:
            rater.stopping.set()
        for thread in threads:
            thread.join(PATIENCE)


def storm(server: Process, moment: Callable[[], object]) -> list[Rater]:
    """Let users rate until ``moment`` has ended the server they talk to."""
    with rating(server) as raters:
        moment()
    return raters


def go_on(raters: Sequence[Rater], count: int = 5) -> None:
    """Wait until each of ``raters`` has had ``count`` more acknowledgements."""
    before = [rater.answers for rater in raters]
    eventually(
        lambda: all(r.answers >= b + count for r, b in zip(raters, before, strict=True)), 60.0
    )
