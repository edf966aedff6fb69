"""Which servers run on a data folder: each has a file there that says where it listens.

A server holds a lock on its file, so that one that was killed is told from one that runs.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

FOLDER = "servers"
"""The folder of these files within the data folder."""


@contextmanager
def present(data: Path, urls: Sequence[str]) -> Iterator[None]:
    """Say that this process listens on ``urls`` meanwhile.

    Makes no data folder; where nothing can be written there, nobody is told.
    """
    path = data / FOLDER / str(os.getpid())
    file: TextIO | None = None
    with suppress(OSError):
        file = _locked(path, "\n".join(urls))
    try:
        yield
    finally:
        if file is not None:
            with suppress(OSError):
                path.unlink()
            file.close()


def running(data: Path) -> list[str]:
    """A URL of each server that runs on the data folder, sorted; processes of one port have one."""
    found: set[str] = set()
    for path in (data / FOLDER).glob("[0-9]*"):
        with suppress(OSError), path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found.add(file.readline().strip())
            else:
                path.unlink()
    return sorted(found)


def _locked(path: Path, text: str) -> TextIO:
    """The new file ``path`` with ``text`` in it, which nobody sees without its lock."""
    if path.parent.parent.is_dir():
        path.parent.mkdir(exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    file = hidden.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(text)
        file.flush()
        hidden.rename(path)
    except BaseException:
        file.close()
        raise
    return file
