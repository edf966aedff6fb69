"""The boundary where SQLite's errors become the project's."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

PERMANENT = {
    sqlite3.SQLITE_NOTADB: "it is not a SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is corrupt; restore it from a backup, and remove its -wal and -shm",
    sqlite3.SQLITE_READONLY: "it cannot be written; check its permissions and its folder's",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check its permissions and its folder's",
    sqlite3.SQLITE_PERM: "it cannot be opened; check its permissions and its folder's",
    sqlite3.SQLITE_AUTH: "access to it is refused",
}
"""Errors that no retry mends, by SQLite's primary result code."""
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
ROOM = 2**20
"""Free bytes below which a disk counts as full."""
PRIMARY = 0xFF
"""Masks the primary result code out of an extended one."""
FULL = (errno.ENOSPC, errno.EDQUOT)


def failure(error: sqlite3.Error, path: Path) -> StoreError:
    """The project's error for one of SQLite's."""
    reason = PERMANENT.get(_code(error))
    if reason is not None:
        return StoreRefused(f"{path}: {reason} ({error})")
    full = _code(error) == sqlite3.SQLITE_IOERR and _is_full(path.parent)
    return StoreUnavailable(f"{path}: {error}{'; its disk is full' if full else ''}")


def is_damage(error: Exception) -> bool:
    """Whether ``error`` shows that the file itself is damaged."""
    return isinstance(error, sqlite3.Error) and _code(error) in DAMAGE


def is_busy(error: Exception) -> bool:
    """Whether ``error`` shows that another connection holds a lock."""
    return isinstance(error, sqlite3.Error) and _code(error) == sqlite3.SQLITE_BUSY


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn every error of SQLite or the file system in the block into the project's."""
    try:
        yield
    except sqlite3.Error as error:
        raise failure(error, path) from error
    except OSError as error:
        kind = StoreUnavailable if error.errno in FULL else StoreRefused
        raise kind(f"{path}: {error.strerror}") from error


def _is_full(folder: Path) -> bool:
    try:
        return disk_usage(folder).free < ROOM
    except OSError:
        return False


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY
