"""The boundary where SQLite's errors become the project's."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

PERMANENT = {
    sqlite3.SQLITE_NOTADB: "it is not a SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is corrupt; restore it from a backup",
    sqlite3.SQLITE_READONLY: "it cannot be written; check its permissions and its folder's",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check its permissions and its folder's",
    sqlite3.SQLITE_PERM: "it cannot be opened; check its permissions and its folder's",
    sqlite3.SQLITE_AUTH: "access to it is refused",
}
"""What no second try will mend, by SQLite's primary result code."""
PRIMARY = 0xFF
"""Masks the primary result code out of an extended one."""


def failure(error: sqlite3.Error, path: Path) -> StoreError:
    """The project's error for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
    if code in PERMANENT:
        return StoreRefused(f"{path}: {PERMANENT[code]} ({error})")
    return StoreUnavailable(f"{path}: {error}")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn every SQLite error of the block into the project's."""
    try:
        yield
    except sqlite3.Error as error:
        raise failure(error, path) from error
