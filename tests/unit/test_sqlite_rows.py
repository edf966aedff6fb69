"""Statements of many rows, and what they are spared."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from movieserver.backends.sqlite import averages, event_log, movie_store, rate_store, records
from movieserver.backends.sqlite.rows import LARGEST, execute_rows, parts, with_rows

INSERT = "INSERT OR FAIL INTO pairs VALUES {rows}"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE pairs (number INTEGER PRIMARY KEY, text TEXT)")
        yield connection


@pytest.mark.parametrize("count", [0, 1, 2, 37, LARGEST, 2 * LARGEST - 1, 1000])
def test_all_rows_are_written(connection: sqlite3.Connection, count: int) -> None:
    rows = [(number, str(number)) for number in range(count)]
    assert execute_rows(connection, INSERT, rows) == count
    assert connection.execute("SELECT * FROM pairs").fetchall() == rows


def test_parts_are_powers_of_two_in_order() -> None:
    rows = [(number,) for number in range(2 * LARGEST + 37)]
    found = list(parts(rows))
    assert [len(part) for part in found] == [LARGEST, LARGEST, 32, 4, 1]
    assert [row for part in found for row in part] == rows


def test_what_was_not_changed_is_not_counted(connection: sqlite3.Connection) -> None:
    update = "UPDATE pairs SET text = column2 FROM (VALUES {rows}) WHERE number = column1"
    execute_rows(connection, INSERT, [(1, "a"), (2, "b")])
    assert execute_rows(connection, update, [(2, "c"), (3, "d"), (4, "e")]) == 1


@pytest.mark.parametrize(
    ("schema", "statement", "columns"),
    [
        (rate_store.SqliteRateStore.schema, rate_store.PUT, 5),
        (rate_store.SqliteRateStore.schema, rate_store.ANNOUNCED, 4),
        (event_log.SqliteEventLog.schema, records.INSERT, 7),
        (movie_store.SqliteMovieStore.schema, averages.APPLY, 4),
        (movie_store.SqliteMovieStore.schema, movie_store.PUT_MOVIES, 4),
    ],
)
def test_the_stores_statements_need_no_journal(schema: str, statement: str, columns: int) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(schema)
        explain = f"EXPLAIN {with_rows(statement, 2, columns)}"
        operations = connection.execute(explain, [None] * 2 * columns).fetchall()
    aborting = [
        row for row in operations if row[1] in ("HaltIfNull", "Halt") and row[3] == 2 and row[2]
    ]
    assert aborting == []  # OE_Abort is 2: one of those after a write needs the journal
