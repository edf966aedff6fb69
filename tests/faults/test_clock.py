"""The machine's clock is set back between two runs."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.conftest import Start
from tests.processes import eventually

HOUR = 3_600_000_000
"""Microseconds."""
FILM = "tt6751668"
PATH = f"/movies/{FILM}/users/rate"


def set_ahead(data: Path, *tables: str) -> None:
    """Have the versions in ``tables`` given by a clock that is an hour ahead."""
    with closing(sqlite3.connect(data / "movieserver.db", timeout=10)) as connection, connection:
        for table in tables:
            connection.execute(f"UPDATE {table} SET version = version + {HOUR}")


def test_what_is_answered_holds(start: Start, data: Path) -> None:
    server = start("--profile", "dev")
    assert server.rate("alice", FILM, 10).status_code == 200
    assert server.terminate() == 0
    set_ahead(data, "rates", "user_rates")
    with closing(sqlite3.connect(data / "movieserver.db")) as connection, connection:
        # As of a file that was made before latest versions were kept.
        connection.execute("DROP TABLE latest_rate")

    server = start("--profile", "dev")
    assert re.search(r"the clock is 3[56]\d\d s behind the latest rate", "".join(server.output))
    assert server.rate("alice", FILM, 3).json() == {"rate": 3}
    assert server.get(PATH, headers=server.bearer("alice")).json() == {"rate": 3}
    eventually(lambda: server.get(f"/movies/{FILM}").json()["rate"] == 3.0)
    assert server.call("DELETE", PATH, headers=server.bearer("alice")).status_code == 204
    assert server.get(PATH, headers=server.bearer("alice")).status_code == 404
    assert server.terminate() == 0

    server = start("--profile", "dev")
    assert server.rate("alice", FILM, 5).json() == {"rate": 5}
    assert server.get(PATH, headers=server.bearer("alice")).json() == {"rate": 5}


def test_it_holds_at_once_where_another_process_is_ahead(start: Start, data: Path) -> None:
    server = start("--profile", "dev")
    alice = server.bearer("alice")
    for method, path, body in (
        ("POST", PATH, {"rate": 3}),
        ("DELETE", PATH, None),
        ("DELETE", "/users/rates", None),
    ):
        assert server.rate("alice", FILM, 10).status_code == 200
        set_ahead(data, "rates", "latest_rate")
        assert server.call(method, path, json=body, headers=alice).ok
        answer = server.get(PATH, headers=alice)
        assert answer.json()["rate"] == 3 if body else answer.status_code == 404
