"""The whole system in one process, from outside."""

from functools import partial
from pathlib import Path

from tests.conftest import Start
from tests.processes import Process, eventually, run


def test_a_look_up_a_rate_and_the_top_ten(start: Start) -> None:
    server = start("--profile", "dev")

    found = server.get("/movies/bestpictures?title=12 angry men").json()
    assert found == {
        "id": "tt0050083",
        "title": "12 Angry Men",
        "year": "1957 (30th)",
        "additional_info": "Henry Fonda and Reginald Rose, Producers",
        "won": False,
    }
    assert len(server.top10()) == 10

    answer = server.rate("alice", "tt0050083", 9)
    assert (answer.status_code, answer.json()) == (200, {"rate": 9})
    best = eventually(lambda: [m for m in server.top10() if m["id"] == "tt0050083"], 1.0)
    assert best[0]["rate"] == 9.0
    assert best[0]["rate_count"] == 1
    assert server.top10()[0] == best[0]


def test_a_rate_is_in_the_top_ten_within_a_second(start: Start) -> None:
    server = start("--profile", "dev")
    for rate in (3, 7, 10):
        assert server.rate("bob", "tt0068646", rate).status_code == 200
        eventually(partial(leads, server, "tt0068646", float(rate)), 1.0)


def test_the_weighted_ranking_follows_rates_that_leave_the_ten_as_they_are(start: Start) -> None:
    server = start("--profile", "dev")
    for film in server.top10():
        assert server.rate("alice", film["id"], 10).status_code == 200
    eventually(lambda: mean_of_all(server) == 10)
    eventually(lambda: all(film["rate"] == 10 for film in server.top10()))
    ten = server.top10()
    assert server.rate("alice", "tt0021079", 1).status_code == 200
    eventually(lambda: mean_of_all(server) == (10 * 10 + 1) / 11)
    assert server.top10() == ten


def test_a_store_that_lost_its_content_ends_the_start(data: Path) -> None:
    assert run("token", "--user", "alice", data=data).returncode == 0
    (data / "movieserver.db").touch()
    for _ in range(2):
        ended = run("--profile", "dev", "--listen", "127.0.0.1:0", data=data)
        assert ended.returncode == 1
        assert "movieserver.db: it is empty" in ended.stderr
        assert "restore the backup, or remove the file" in ended.stderr


def leads(server: Process, movie_id: str, rate: float) -> bool:
    """Whether the best film is this one at this rate."""
    best = server.top10()[0]
    return (best["id"], best["rate"]) == (movie_id, rate)


def mean_of_all(server: Process) -> float:
    """The mean of all rates, as the weighted ranking has it."""
    mean: float = server.get("/movies/top10?rank=weighted").json()["C"]
    return mean
