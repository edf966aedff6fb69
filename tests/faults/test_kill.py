"""Processes are killed while rates come in: what was acknowledged is there, and is added up."""

from pathlib import Path

from movieserver.tokens.secret import make_secret
from tests.conftest import Start
from tests.processes import run
from tests.raters import storm


def test_the_whole_system_is_killed_again_and_again(start: Start, data: Path) -> None:
    server = start("--profile", "dev")
    for _ in range(3):
        raters = storm(server, server.kill)
        server = start("--profile", "dev")
        assert sum(rater.check(server) for rater in raters) > 20
    audited = run("audit", data=data)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert server.terminate() == 0


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
