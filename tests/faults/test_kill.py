"""Processes are killed while rates come in: what was acknowledged is there, and is added up."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from movieserver.secret import make_secret
from tests.conftest import Start
from tests.processes import Process, eventually, run, token

MOVIES = [f"tt{number:07}" for number in range(20)]


@dataclass
class Rater:
    """A user who rates one film after the other until the server is gone."""

    server: Process
    user: str
    seed: int
    acknowledged: dict[str, int | None] = field(default_factory=dict)
    in_flight: dict[str, int | None] = field(default_factory=dict)

    def run(self) -> None:
        choose = random.Random(self.seed)
        headers = {"Authorization": f"Bearer {token(self.server.data, self.user)}"}
        with requests.Session() as session:
            while True:
                movie_id = choose.choice(MOVIES)
                rate = choose.choice([None, *range(1, 11)])
                self.in_flight = {movie_id: rate}
                url = f"{self.server.url}/movies/{movie_id}/users/rate"
                try:
                    if rate is None:
                        answer = session.delete(url, headers=headers, timeout=10)
                    else:
                        answer = session.post(url, json={"rate": rate}, headers=headers, timeout=10)
                except requests.RequestException:
                    return
                if answer.status_code in (200, 204):
                    self.acknowledged[movie_id] = rate
                    self.in_flight = {}

    def check(self, server: Process) -> int:
        """Compare what the server has with what it acknowledged; returns how many there were."""
        for movie_id, rate in self.acknowledged.items():
            answer = server.get(f"/movies/{movie_id}/users/rate", headers=server.bearer(self.user))
            kept = answer.json()["rate"] if answer.status_code == 200 else None
            assert kept in {rate, self.in_flight.get(movie_id, rate)}, (self.user, movie_id)
        return len(self.acknowledged)


def storm(server: Process, moment: Callable[[], None]) -> list[Rater]:
    """Let six users rate until ``moment`` has killed the server they talk to."""
    raters = [Rater(server, f"user{number}", number) for number in range(6)]
    for rater in raters:
        token(server.data, rater.user)
    threads = [threading.Thread(target=rater.run) for rater in raters]
    for thread in threads:
        thread.start()
    eventually(lambda: all(len(rater.acknowledged) > 3 for rater in raters))
    moment()
    for thread in threads:
        thread.join(30)
    return raters


@pytest.mark.parametrize("round_", range(3))
def test_the_whole_system_is_killed(start: Start, data: Path, round_: int) -> None:
    server = start("--profile", "dev")
    raters = storm(server, server.kill)
    again = start("--profile", "dev")
    assert sum(rater.check(again) for rater in raters) > 20
    audited = run("audit", data=data)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert again.terminate() == 0


def test_the_rating_server_is_killed(start: Start, data: Path) -> None:
    make_secret(data)
    consumer = start("--profile", "consumer")
    rating = start("--profile", "rating")
    raters = storm(rating, rating.kill)
    again = start("--profile", "rating")
    assert sum(rater.check(again) for rater in raters) > 20
    audited = run("audit", data=data)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert consumer.popen.poll() is None


def test_the_consumer_is_killed_and_catches_up(start: Start, data: Path) -> None:
    make_secret(data)
    consumer = start("--profile", "consumer")
    rating = start("--profile", "rating")

    def moment() -> None:
        consumer.kill()
        start("--profile", "consumer")
        rating.terminate()

    storm(rating, moment)
    audited = run("audit", data=data)
    assert audited.returncode == 0, audited.stdout + audited.stderr
