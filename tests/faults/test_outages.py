"""One store is down: what goes on, what is refused, and that everything comes right afterwards."""

import time
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.processes import Process, eventually, run

PROFILE = str(Path(__file__).with_name("flaky.yaml"))
PUBLIC = (
    "/movies/bestpictures?title=Casablanca",
    "/movies/top10",
    "/movies/top10?rank=weighted",
    "/movies/top?limit=20&min_votes=0",
    "/movies/tt0034583",
)


@pytest.fixture
def server(start: Start) -> Process:
    return start("--profile", PROFILE)


def down(data: Path, role: str) -> Path:
    """Take a store down; ``unlink`` the file to bring it back."""
    flag = data / f"down-{role}"
    flag.touch()
    return flag


def ready(server: Process) -> bool:
    return server.get("/health/ready").status_code == 200


def test_the_event_log_is_down(server: Process, data: Path) -> None:
    flag = down(data, "events")
    for number in range(50):
        assert server.rate(f"user{number % 7}", f"tt{number:07}", 8).status_code == 200
    health = server.get("/health/ready")
    assert health.status_code == 503
    assert health.json()["stores"]["events"] == {"up": False, "reason": "down-events: it is down"}
    flag.unlink()
    audited = run("audit", data=data)
    assert audited.returncode == 0, audited.stdout
    assert "50 rates of 50 movies, 0 differences; 0 rates not yet" in audited.stdout
    assert ready(server)


def test_the_movie_store_is_down(server: Process, data: Path) -> None:
    before = [server.get(path).content for path in PUBLIC]
    flag = down(data, "movies")
    assert [server.get(path).content for path in PUBLIC] == before
    never_asked = server.get("/movies/tt0018578")
    assert (never_asked.status_code, never_asked.json()["title"]) == (200, "Wings")
    assert server.get("/movies/unknown").status_code == 404
    assert server.rate("alice", "tt0034583", 10).status_code == 200
    flag.unlink()
    eventually(lambda: server.top10()[0]["id"] == "tt0034583")
    assert run("audit", data=data).returncode == 0


def test_memory_answers_for_the_movie_store_what_it_can_know(
    start: Start, data: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "ten_films.yaml"
    text = Path(PROFILE).read_text("utf-8")
    profile.write_text(text.replace("refresh_movies:", "refresh_movies: {size: 10}"), "utf-8")
    server = start("--profile", str(profile))
    ten = server.top10()
    down(data, "movies")
    assert server.get("/movies/top?limit=10").json()["result"] == ten
    assert server.get(f"/movies/{ten[9]['id']}").status_code == 200
    for path in ("/movies/top?limit=11", "/movies/top?min_votes=1", "/movies/unknown"):
        assert server.get(path).status_code == 503


def test_the_rate_store_is_down(server: Process, data: Path) -> None:
    flag = down(data, "rates")
    for method in ("POST", "GET", "DELETE"):
        began = time.monotonic()
        answer = server.call(
            method,
            "/movies/tt0034583/users/rate",
            json={"rate": 9},
            headers=server.bearer("alice"),
        )
        assert time.monotonic() - began < 6
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "down-rates" not in answer.text
    assert all(server.get(path).status_code == 200 for path in PUBLIC)
    flag.unlink()
    assert server.rate("alice", "tt0034583", 9).status_code == 200


def test_the_movie_store_is_down_at_the_start(start: Start, data: Path) -> None:
    data.mkdir()
    flag = down(data, "movies")
    server = start("--profile", PROFILE)
    assert server.get("/health/live").status_code == 200
    assert not ready(server)
    missing = server.get("/movies/top10")
    assert (missing.status_code, missing.headers["Retry-After"]) == (503, "1")
    assert server.rate("alice", "tt0034583", 9).status_code == 200
    flag.unlink()
    eventually(lambda: ready(server))
    eventually(lambda: [movie["id"] for movie in server.top10()[:1]] == ["tt0034583"])
