"""Which servers run on a data folder: each has a file there that says where it listens.

A running server holds a lock on its file; nobody holds a lock on the file of one that was killed.
"""

import fcntl
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TextIO

log = logging.getLogger(__name__)

FOLDER = "servers"
"""The folder of these files, within the data folder."""


@contextmanager
def present(data: Path, urls: Sequence[str]) -> Iterator[None]:
    """Keep a file with ``urls`` while the block runs, if the folder ``data`` exists."""
    # Not named after the process id, which is 1 in every container that shares the folder.
    path = data / FOLDER / token_hex(8)
    file: TextIO | None = None
    try:
        if data.is_dir():
            path.parent.mkdir(exist_ok=True)
            running(data)  # removes the files of servers that were killed
            file = _locked(path, "\n".join(urls))
    except OSError as error:
        log.warning("'movieserver status --data' will not find this server: %s", error)
    try:
        yield
    finally:
        if file is not None:
            _remove(path)
            file.close()


def running(data: Path) -> list[str]:
    """A URL of each server that runs on the data folder, sorted.

    Processes that share a port have one URL. Also removes the files of servers that were killed.
    """
    found: set[str] = set()
    for path in (data / FOLDER).glob("[!.]*"):
        with suppress(OSError), path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found.add(file.readline().strip())
            else:
                path.unlink()
    return sorted(found)


def _locked(path: Path, text: str) -> TextIO:
    """Create the file ``path`` with ``text`` in it; nobody can see it without its lock."""
    hidden = path.with_name(f".{path.name}")
    file = hidden.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(text)
        file.flush()
        hidden.rename(path)
    except OSError:
        _remove(hidden)
        with suppress(OSError):
            file.close()
        raise
    return file


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
