"""``movieserver status`` of stores, whether a server runs or not."""

from pathlib import Path

from movieserver.tokens.secret import make_secret
from tests.conftest import Start
from tests.processes import eventually, free_port, run


def test_stores_that_are_asked_themselves(start: Start, data: Path) -> None:
    make_secret(data)
    server = start("--profile", "rating")
    url = "sqlite:///movieserver.db"
    assert server.rate("alice", "tt6751668", 9).ok
    eventually(lambda: "lag               1 " in run("status", "--events", url, data=data).stdout)
    server.kill()
    done = run("status", "--rates", url, data=data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "stores  ready",
        "  store rates       up",
        "  pending           0 rates stored and not yet announced",
    ]
    done = run("status", "--profile", "dev", data=data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "stores  ready",
        *(f"  store {name:11} up" for name in ("movies", "rates", "events")),
        "  pending           0 rates stored and not yet announced",
        "  lag               1 event announced and not yet applied",
    ]


def test_stores_that_are_not_there(tmp_path: Path) -> None:
    absent = tmp_path / "absent.db"
    port = free_port()
    urls = ("--rates", "sqlite:///absent.db", "--movies", f"postgresql://127.0.0.1:{port}/a")
    done = run("status", *urls, data=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    title, movies, rates = done.stdout.splitlines()
    assert title == "stores  not ready"
    assert movies.startswith("  store movies      DOWN: ")
    assert str(port) in movies
    assert rates == f"  store rates       DOWN: {absent}: there is no such database"
    assert not absent.exists()


def test_a_server_and_stores_are_not_asked_together(data: Path) -> None:
    done = run("status", "--url", "http://127.0.0.1:8080", data=data)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "movieserver: --url cannot be combined with --data\n"
