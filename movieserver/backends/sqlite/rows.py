"""Statements that take many rows at once.

A statement for each row gives Python's lock back for each, and beside a busy event loop its thread
may wait milliseconds every time to get it again. Rows as JSON, to be taken apart by SQLite, cost
more than everything else about them.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

LARGEST = 256
"""Rows of one statement at most, a power of two; SQLite takes 32,766 values."""


def execute_rows(
    connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[object]]
) -> int:
    """Run ``statement``, which has ``{rows}`` after VALUES, for all ``rows``, in their order.

    Returns how many rows of tables it changed. Should one fail, earlier ones may be done: the
    caller rolls its transaction back. A statement of the kind of ``INSERT OR FAIL`` that sets no
    column declared NOT NULL by an upsert is spared the journal that SQLite otherwise keeps to
    undo it alone (https://www.sqlite.org/tempfiles.html, 2.5), which costs as much as the rows.
    """
    changed = 0
    for part in parts(rows):
        text = with_rows(statement, len(part), len(part[0]))
        changed += connection.execute(text, list(chain.from_iterable(part))).rowcount
    return changed


def parts(rows: Sequence[Sequence[object]]) -> Iterator[Sequence[Sequence[object]]]:
    """``rows`` in parts of powers of two, so that there are few statements to be compiled."""
    start = 0
    while left := len(rows) - start:
        size = min(LARGEST, 1 << (left.bit_length() - 1))
        yield rows[start : start + size]
        start += size


@cache
def with_rows(statement: str, rows: int, columns: int) -> str:
    """``statement`` with places for the values of so many rows."""
    row = f"({', '.join('?' * columns)})"
    return statement.format(rows=", ".join([row] * rows))
