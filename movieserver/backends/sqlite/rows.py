"""Statements that take many rows at once.

With a statement for each row, Python's lock is released for each, and beside a busy event loop the
thread may wait milliseconds every time to get it back. Passing rows as JSON, for SQLite to take
apart, costs more than everything else about them.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

LARGEST = 256
"""The most rows of one statement, a power of two; SQLite takes 32,766 values."""


def execute_rows(
    connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[object]]
) -> int:
    """Run ``statement``, which has ``{rows}`` after VALUES, for all ``rows``, in their order.

    Returns how many rows of tables it changed. If one fails, earlier ones may be done: the caller
    rolls its transaction back. SQLite usually keeps a journal to undo the statement alone, which
    costs as much as the rows. It keeps none for an ``INSERT OR FAIL`` whose upsert sets no column
    declared NOT NULL (https://www.sqlite.org/tempfiles.html, 2.5).
    """
    changed = 0
    for part in parts(rows):
        text = with_rows(statement, len(part), len(part[0]))
        changed += connection.execute(text, list(chain.from_iterable(part))).rowcount
    return changed


def parts(rows: Sequence[Sequence[object]]) -> Iterator[Sequence[Sequence[object]]]:
    """``rows`` in parts whose sizes are powers of two, so that few statements are compiled."""
    start = 0
    while left := len(rows) - start:
        size = min(LARGEST, 1 << (left.bit_length() - 1))
        yield rows[start : start + size]
        start += size


@cache
def with_rows(statement: str, rows: int, columns: int) -> str:
    """``statement`` with placeholders for ``rows`` rows of ``columns`` values."""
    row = f"({', '.join('?' * columns)})"
    return statement.format(rows=", ".join([row] * rows))
