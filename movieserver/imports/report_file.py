"""The file that lists all refusals and remarks of an import."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from movieserver.errors import ConfigurationError, MovieserverError


class ReportFile:
    """Has a line for each refusal and remark; if it cannot be written, the import goes on."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path = path
        self._file = file
        self.failure = ""
        """Why the file is not complete, for people; empty if it is."""

    def add(self, line: str) -> None:
        """Write a line, unless an earlier one could not be written."""
        if not self.failure:
            try:
                self._file.write(f"{line}\n")
                self._file.flush()
            except OSError as error:
                self.failure = f"--report: {self._path}: {error.strerror}; it is incomplete"


@contextmanager
def report_file(path: Path | None) -> Iterator[ReportFile | None]:
    """A new file for all refusals, if ``path`` names one; an existing file is never used.

    The file is removed if the import fails before there is anything to list.
    """
    if path is None:
        yield None
        return
    try:
        file = path.open("x", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--report: {path}: {error.strerror}") from error
    try:
        yield ReportFile(path, file)
    except MovieserverError:
        if not path.stat().st_size:
            path.unlink()
        raise
    finally:
        with suppress(OSError):  # ``add`` has noted what could not be written
            file.close()
