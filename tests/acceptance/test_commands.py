"""What commands say of stores that hold nothing, are not there, or contradict each other."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
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


def test_a_replay_applies_what_is_missing_from_a_given_time_on(data: Path, tmp_path: Path) -> None:
    """The import announces three rates, which no consumer applies; one is spoilt afterwards."""
    (tmp_path / "rates.csv").write_text(
        "user_id,movie_id,rate\nann,tt0050083,9\nbob,tt0050083,7\ncem,tt0068646,3\n"
    )
    (tmp_path / "movies.csv").write_text("id,title,year,box_office_value\ntt0050083,12,1957,1\n")
    for kind in ("movies", "rates"):
        assert run("import", kind, str(tmp_path / f"{kind}.csv"), data=data).returncode == 0
    with closing(sqlite3.connect(data / "movieserver.db")) as connection, connection:
        morning = datetime(2026, 1, 1, 10, tzinfo=UTC).timestamp()
        for minute, user in enumerate((b"ann", b"bob", b"cem")):
            change = "UPDATE records SET timestamp = ? WHERE instr(key, ?)"
            connection.execute(change, (morning + 60 * minute, user))
        connection.execute("UPDATE records SET value = 'spoilt' WHERE instr(key, ?)", (b"cem",))
    for since, printed in (
        (["--since", "2026-01-01T10:03"], "0 events read again: 0 changed a rate, 0 could"),
        (["--since", "2026-01-01T11:01+01:00"], "2 events read again: 1 changed a rate, 1 could"),
        ([], "3 events read again: 1 changed a rate, 1 could"),
        ([], "3 events read again: 0 changed a rate, 1 could"),
    ):
        done = run("replay", *since, data=data)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"{printed} not be read\n"
    with closing(sqlite3.connect(data / "movieserver.db")) as connection:
        applied = connection.execute("SELECT user_id, rate FROM user_rates ORDER BY user_id")
        assert applied.fetchall() == [("ann", 9), ("bob", 7)]
        ten = connection.execute("SELECT id, rate_7, rate_9 FROM top10_rated_movie")
        assert ten.fetchall() == [("tt0050083", 1, 1)]


def test_there_is_nothing_to_migrate_in_embedded_stores(data: Path) -> None:
    done = run("migrate", data=data)
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing to do\n", "")
    assert not data.exists()


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
        for table in ("movies", "top10_rated_movie"):
            connection.execute(f"UPDATE {table} SET rate_10 = 1 WHERE id = 'tt0050083'")
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
    with closing(sqlite3.connect(data / "movieserver.db")) as connection:
        ten = connection.execute("SELECT max(rate_9), max(rate_10) FROM top10_rated_movie")
        assert ten.fetchall() == [(1, 0)], "the ten best are those of the right averages"
