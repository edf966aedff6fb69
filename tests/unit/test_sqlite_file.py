"""SQLite files that cannot be used: what is said, and that nothing is acknowledged."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import RateStore, StoreContext
from movieserver.backends.sqlite import SqliteBackend
from movieserver.backends.sqlite.file import DatabaseFile
from movieserver.errors import StoreRefused
from movieserver.models import Rate

PAGE = 4096
LATER = 1000
"""A version of the schema that is yet to come."""
RATES = [Rate(f"user {n}", "tt1", 5, 1) for n in range(5000)]
OPEN = """
import asyncio, os, sys
from pathlib import Path
from movieserver.backends import StoreContext
from movieserver.backends.sqlite import SqliteBackend
from movieserver.errors import StoreRefused
if os.geteuid() == 0:  # who may write everything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
store = SqliteBackend().rate_store("sqlite:///file.db", StoreContext(Path(sys.argv[1])))
try:
    asyncio.run(store.open())
except StoreRefused as error:
    print(error)
"""


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from movieserver.backends import StoreContext
from movieserver.backends.sqlite import SqliteBackend
from movieserver.models import Rate
async def main():
    store = SqliteBackend().rate_store("sqlite:///file.db", StoreContext(Path(sys.argv[1])))
    await store.open()
    await store.put(Rate("ann", "tt1", 9, 1))
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


@pytest.fixture
def path(data: Path) -> Path:
    data.mkdir()
    return data / "file.db"


def rate_store(path: Path) -> RateStore:
    return SqliteBackend().rate_store(f"sqlite:///{path}", StoreContext(path.parent))


async def use(store: RateStore) -> None:
    """Open the store, write and read."""
    await store.open()
    await store.put_many(RATES)
    assert {state async for states in store.scan() for state in states} == {*RATES}
    await store.close()


def test_a_file_in_a_folder_whose_name_is_no_utf8(tmp_path: Path, io_loop: IOLoop) -> None:
    path = tmp_path / os.fsdecode(b"jos\xe9 %3F?#") / "file.db"
    store = SqliteBackend().rate_store("sqlite:///file.db", StoreContext(path.parent))
    io_loop.run_sync(lambda: use(store))
    assert path.exists()


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\0" + bytes(999)])
def test_a_file_that_is_no_database(path: Path, content: bytes, io_loop: IOLoop) -> None:
    path.write_bytes(content)
    store = rate_store(path)
    with pytest.raises(StoreRefused, match=rf"{path}: it is not a SQLite database"):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)
    assert path.read_bytes() == content
    path.unlink()
    io_loop.run_sync(lambda: use(store))


def test_a_file_that_lost_its_content(path: Path, io_loop: IOLoop) -> None:
    path.touch()
    store = rate_store(path)
    says = (
        rf"{path}: it is empty, .*; restore the backup, or remove the file to start afresh, .*-wal"
    )
    with pytest.raises(StoreRefused, match=says):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)
    assert path.stat().st_size == 0
    path.unlink()
    io_loop.run_sync(lambda: use(store))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [*path.parent.iterdir()] == [path]


def test_a_file_is_a_database_from_its_first_moment_on(
    path: Path, io_loop: IOLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed just after, or starts just then, finds no empty file."""
    sizes: list[int] = []
    link = os.link

    def watched(new: str, name: Path) -> None:
        assert not path.exists()
        link(new, name)
        sizes.append(path.stat().st_size)

    monkeypatch.setattr(os, "link", watched)
    io_loop.run_sync(lambda: use(rate_store(path)))
    assert sizes == [PAGE]


def test_a_file_that_is_damaged(path: Path, io_loop: IOLoop) -> None:
    store = rate_store(path)
    io_loop.run_sync(lambda: use(store))
    content = path.read_bytes()
    path.write_bytes(content[:PAGE] + b"\xff" * (len(content) - PAGE))
    with pytest.raises(StoreRefused, match=rf"{path}: it is corrupt; restore it from a backup"):
        io_loop.run_sync(lambda: use(store))
    io_loop.run_sync(store.close)


def test_a_folder_in_the_files_place(path: Path, io_loop: IOLoop) -> None:
    path.mkdir()
    store = rate_store(path)
    with pytest.raises(StoreRefused, match=str(path)):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)


def test_a_file_in_the_folders_place(data: Path, io_loop: IOLoop) -> None:
    data.write_bytes(b"")
    store = rate_store(data / "file.db")
    with pytest.raises(StoreRefused, match=str(data)):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)


def test_a_file_of_a_later_movieserver(path: Path, io_loop: IOLoop) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {LATER}")
    store = rate_store(path)
    with pytest.raises(StoreRefused, match=rf"{path}.*version {LATER}.*run a newer"):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)


def test_a_file_that_may_only_be_read(io_loop: IOLoop) -> None:
    # Not in the tests' folder, to which another user has no way.
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "file.db")
        io_loop.run_sync(lambda: use(rate_store(path)))
        path.chmod(0o444)
        command = [sys.executable, "-c", OPEN, folder]
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert said.stdout.startswith(str(path))
    assert "permission" in said.stdout.lower()


def test_a_new_file_belongs_to_its_owner_alone(path: Path, io_loop: IOLoop) -> None:
    io_loop.run_sync(lambda: use(rate_store(path)))
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_removed_while_in_use(path: Path, io_loop: IOLoop, replaced: bool) -> None:
    store = rate_store(path)
    io_loop.run_sync(store.open)
    io_loop.run_sync(lambda: store.put(RATES[0]))
    path.rename(path.with_suffix(".old"))
    if replaced:
        path.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(StoreRefused, match=rf"{path}: it was removed or replaced while in use"):
            io_loop.run_sync(lambda: store.put(RATES[1]))
    io_loop.run_sync(store.close)


@pytest.mark.parametrize("side", ["-wal", "-shm"])
def test_a_file_beside_it_that_is_removed_while_in_use(
    path: Path, io_loop: IOLoop, side: str
) -> None:
    store = rate_store(path)
    io_loop.run_sync(store.open)
    io_loop.run_sync(lambda: store.put(RATES[0]))
    Path(f"{path}{side}").unlink()
    with pytest.raises(StoreRefused, match=rf"{path}: its -wal or -shm was removed"):
        io_loop.run_sync(lambda: store.put(RATES[1]))
    io_loop.run_sync(store.close)
    again = rate_store(path)
    io_loop.run_sync(again.open)
    assert io_loop.run_sync(lambda: again.get("user 0", "tt1")) == RATES[0]
    io_loop.run_sync(again.close)


def test_a_file_that_is_emptied_while_in_use(path: Path, io_loop: IOLoop) -> None:
    store = rate_store(path)
    io_loop.run_sync(store.open)
    io_loop.run_sync(lambda: store.put(RATES[0]))
    os.truncate(path, 0)
    with pytest.raises(StoreRefused, match="it was removed or replaced while in use"):
        io_loop.run_sync(lambda: store.put(RATES[1]))
    io_loop.run_sync(store.close)


def test_a_file_that_is_away_takes_nothing_of_what_is_beside_it(
    path: Path, io_loop: IOLoop
) -> None:
    """The -wal has what was acknowledged last: a new file would make SQLite delete it."""
    killed = [sys.executable, "-c", KILLED, str(path.parent)]
    subprocess.run(killed, timeout=30, check=False)
    wal = Path(f"{path}-wal")
    assert wal.stat().st_size
    away = path.rename(path.with_suffix(".away"))
    store = rate_store(path)
    with pytest.raises(StoreRefused, match=rf"{path}: it is missing, but file.db-wal, which"):
        io_loop.run_sync(store.open)
    io_loop.run_sync(store.close)
    away.rename(path)
    io_loop.run_sync(store.open)
    assert io_loop.run_sync(lambda: store.get("ann", "tt1")) == Rate("ann", "tt1", 9, 1)
    io_loop.run_sync(store.close)


def test_a_reader_that_connects_anew_makes_no_file(path: Path, io_loop: IOLoop) -> None:
    file = DatabaseFile(path, 5.0)
    with closing(file.open()) as connection:
        connection.execute("CREATE TABLE t (n)")
        away = path.rename(path.with_suffix(".away"))
        with pytest.raises(StoreRefused, match="removed or replaced"):
            file.connect()
        assert not path.exists()
        assert Path(f"{path}-wal").stat().st_size
        away.rename(path)
        with closing(file.connect()) as reader:
            assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
