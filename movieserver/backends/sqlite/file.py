"""The file of a database: creating it, connecting to it, noticing that it is gone."""

import os
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from movieserver.backends.sqlite.failures import failure, is_busy, is_damage, translated
from movieserver.errors import StoreError, StoreRefused

SCHEMA_VERSION = 1
"""Kept in the file; a file with a later version is refused."""
SETTINGS = """
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 16000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
"""
WAL = "PRAGMA journal_mode = WAL"
SIDES = ("-wal", "-shm")
"""The names of the files beside it that hold its latest transactions, after its own name."""
PAUSE = 0.01
"""Seconds between attempts to switch a new file to WAL; SQLite itself does not wait for this."""


Identity = tuple[int, int]
ABSENT: Identity = (0, 0)


class DatabaseFile:
    """One SQLite file, in WAL mode, readable by its owner alone."""

    def __init__(self, path: Path, timeout: float) -> None:
        """Take the path, and the limit in seconds of a wait for other processes."""
        self.path = path
        self._timeout = timeout
        self._identity: list[Identity] = []
        self._damage: StoreError | None = None

    def open(self) -> sqlite3.Connection:
        """Create the file if absent; returns a connection that writes and never waits for locks.

        Blocks. Raises ``StoreError``.
        """
        with translated(self.path):
            self._make()
            connection = self._connect(self._timeout)
            try:
                self._check_version(connection)
                self._use_wal(connection)
                connection.executescript(SETTINGS)
                connection.execute("PRAGMA busy_timeout = 0")
                connection.execute("PRAGMA schema_version").fetchone()  # makes the files beside it
            except BaseException:
                connection.close()
                raise
            self._identity = self._present()
        return connection

    def connect(self) -> sqlite3.Connection:
        """Another, read-only connection to the open file. Blocks. Raises ``StoreError``."""
        self._check_presence()
        with translated(self.path):
            connection = self._connect(self._timeout)
            connection.execute("PRAGMA query_only = 1")
        return connection

    def failure(self, error: sqlite3.Error) -> StoreError:
        """The project's error for one of SQLite's; remembers damage, because it does not heal."""
        found = failure(error, self.path)
        if is_damage(error):
            self._damage = found
        return found

    def check(self) -> None:
        """Raise ``StoreRefused`` if what is written now could not be read again.

        That is so if the file was found damaged, or if it or a file beside it was removed, emptied
        or replaced: a file without a name is gone when the process ends.
        """
        if self._damage is not None:
            raise StoreRefused(str(self._damage)) from self._damage
        self._check_presence()

    def _check_presence(self) -> None:
        main, *sides = self._present()
        known, *known_sides = self._identity
        if main != known:
            raise StoreRefused(
                f"{self.path}: it was removed or replaced while in use; stop movieserver, put the "
                "file back and start again"
            )
        if any(before not in (now, ABSENT) for now, before in zip(sides, known_sides, strict=True)):
            raise StoreRefused(
                f"{self.path}: its -wal or -shm was removed or replaced while in use; stop "
                "movieserver, which saves what they hold, and start again"
            )

    def _make(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        wal = Path(f"{self.path}-wal")
        if self.path.exists():
            if not self.path.stat().st_size:
                raise StoreRefused(
                    f"{self.path}: it is empty, as movieserver never leaves it: what it held is "
                    "lost; restore the backup, or remove the file to start afresh, in either case "
                    "without its -wal and -shm"
                )
        elif wal.exists() and wal.stat().st_size:
            # A new file would make SQLite delete it, and with it the latest acknowledged writes.
            raise StoreRefused(
                f"{self.path}: it is missing, but {wal.name}, which holds its latest writes, is "
                "there; put the file back, or remove its -wal and -shm too to start afresh"
            )
        else:
            self._make_whole()

    def _make_whole(self) -> None:
        """Create a private file that is a database from its first moment.

        The link appears at once, and never replaces the file of a process that was first.
        """
        with tempfile.NamedTemporaryFile(dir=self.path.parent, prefix=f".{self.path.name}.") as new:
            with closing(sqlite3.connect(new.name)) as connection:
                connection.execute(WAL)
            with suppress(FileExistsError):
                os.link(new.name, self.path)

    def _connect(self, timeout: float) -> sqlite3.Connection:
        # Never creates a file: an empty one would make SQLite delete the -wal beside it.
        return sqlite3.connect(
            f"file:{quote(os.fsencode(self.path))}?mode=rw",
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
        )

    def _check_version(self, connection: sqlite3.Connection) -> None:
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreRefused(
                f"{self.path}: its schema has version {version}, newer than this program's "
                f"{SCHEMA_VERSION}; run a newer movieserver"
            )

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        for tries_left in reversed(range(int(self._timeout / PAUSE) + 1)):
            try:
                [mode] = connection.execute(WAL).fetchone()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or not tries_left:
                    raise
                time.sleep(PAUSE)
            else:
                break
        if mode != "wal":
            raise StoreRefused(f"{self.path}: SQLite cannot use WAL on this file system")

    def _present(self) -> list[Identity]:
        """The identities of the file and of those beside it."""
        main = identity(str(self.path), empty=False)
        return [main, *(identity(f"{self.path}{side}", empty=True) for side in SIDES)]


def identity(path: str, *, empty: bool) -> Identity:
    """The device and inode of a file; ``ABSENT`` if there is none, or one that may not be empty."""
    try:
        status = os.stat(path)  # noqa: PTH116 - pathlib's takes twice as long
    except OSError:
        return ABSENT
    return (status.st_dev, status.st_ino) if empty or status.st_size else ABSENT
