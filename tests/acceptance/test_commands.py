"""What commands say of stores that hold nothing, are not there, or contradict each other."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from movieserver.tokens.secret import make_secret
from tests.conftest import Start
from tests.processes import eventually, free_port, run


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit"],
        ["rebuild"],
        ["replay"],
        ["export", "rates", "--user", "ann"],
        ["erase", "rates", "--user", "ann"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_is_not_there_is_no_answer(tmp_path: Path, arguments: list[str]) -> None:
    data = tmp_path / "mistyped"
    done = run(*arguments, data=data)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"movieserver: {data}/movieserver.db: there is no such database; name the data folder with "
        "--data or MOVIESERVER_DATA\n"
    )
    assert not data.exists()


def test_a_command_asks_no_store_that_it_does_not_need(start: Start, data: Path) -> None:
    make_secret(data)
    server = start("--profile", "dev")
    assert server.rate("ann", "tt0050083", 9).status_code == 200
    eventually(lambda: server.get("/movies/tt0050083").json()["rate_count"] == 1)
    assert server.terminate() == 0
    away = ["--events", f"kafka://127.0.0.1:{free_port()}"]
    rebuilt = run("rebuild", *away, data=data)
    assert (rebuilt.returncode, rebuilt.stderr) == (0, "")
    exported = run("export", "rates", "--user", "ann", *away, data=data)
    assert (exported.returncode, exported.stderr) == (0, "1 rate\n")


@pytest.mark.parametrize("command", ["audit", "replay"])
def test_a_command_needs_no_topic_of_dead_letters(start: Start, data: Path, command: str) -> None:
    assert start("--profile", "dev").terminate() == 0
    with closing(sqlite3.connect(data / "movieserver.db")) as connection, connection:
        connection.execute("UPDATE topics SET name = 'another' WHERE name LIKE '%.dead'")
    done = run(command, data=data)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_audit_shows_a_wrong_average_and_a_rebuild_sets_it_right(
    start: Start, data: Path
) -> None:
    server = start("--profile", "dev")
    assert server.rate("ann", "tt0050083", 9).status_code == 200
    eventually(lambda: server.get("/movies/tt0050083").json()["rate_count"] == 1)
    assert server.terminate() == 0
    with closing(sqlite3.connect(data / "movieserver.db")) as connection, connection:
        connection.execute("UPDATE movies SET rate_10 = 1 WHERE id = 'tt0050083'")
    audited = run("audit", "--wait", "0", data=data)
    assert (audited.returncode, audited.stderr) == (1, "")
    assert audited.stdout.splitlines() == [
        "tt0050083: rate_sum 19, rate_count 2; the rates add up to 9, 1",
        "1 rate of 1 movie, 1 difference; 0 rates not yet announced, 0 events not yet applied",
    ]
    rebuilt = run("rebuild", data=data)
    assert rebuilt.stdout == (
        "1 state checked: 0 were missing, 0 had no rate behind them, "
        "1 average did not match their states\n"
    )
    assert run("audit", "--wait", "0", data=data).returncode == 0
