"""A file to import: what it is, how it is encoded, and its lines within bounded memory."""

import codecs
import os
import re
import stat
from collections.abc import Iterator
from io import BufferedReader, StringIO, TextIOWrapper
from operator import length_hint
from pathlib import Path
from typing import NamedTuple, Self

from movieserver.errors import ConfigurationError, MovieserverError
from movieserver.imports.refusals import RowRefused

CHUNK = 1 << 20
"""Bytes that are read at a time to find the encoding."""
LINE = 1 << 17
"""The most characters of a line that is accepted."""
FOREIGN = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save it as CSV",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it first",
    b"BZh": "a bzip2 file; unpack it first",
    b"\xfd7zXZ\x00": "an xz file; unpack it first",
    b"\x28\xb5\x2f\xfd": "a zstd file; unpack it first",
    b"Rar!\x1a\x07": "a rar archive; unpack it first",
    codecs.BOM_UTF32_LE: "UTF-32; save it as UTF-8",
    codecs.BOM_UTF16_LE: "UTF-16; save it as UTF-8",
    codecs.BOM_UTF16_BE: "UTF-16; save it as UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file; save it as CSV",
    b"SQLite format 3\x00": "a SQLite database, not a text file",
    b"%PDF": "a PDF, not a text file",
}
"""How unsuitable files begin. UTF-32 comes first, because its mark begins with UTF-16's."""
ENCODINGS = ("utf-8", "cp1252", "latin-1")
"""Tried in this order; the last one can read anything."""
STRAY = re.compile("[\udc80-\udcff]")
"""A byte that is not UTF-8, in a text that otherwise is."""
FOREIGN_LETTERS = re.compile(r"[^\x00-\x7f]")


class Mark(NamedTuple):
    """A place between two lines of a source."""

    position: int
    """Where the piece of text that contains the place begins."""
    rest: str | None
    """The unfinished line that was left from the piece before."""
    lines: int
    """How many lines of the piece come before the place."""


class SourceChanged(MovieserverError):
    """The file changed while it was being read, or can no longer be read."""


class Source:
    """A regular file, opened: an iterator over its lines, each with its line end.

    A line that is too long or has bytes that are not UTF-8, unlike the rest, raises ``RowRefused``,
    and the next line follows. If the file has changed since it was opened, ``SourceChanged`` is
    raised instead of the last line, which may be incomplete.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path``; raises ``ConfigurationError`` if it cannot be a list in text."""
        self.path = path
        try:
            self._file = open(path, "rb", opener=_opener)  # noqa: SIM115
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}") from error
        try:
            self._state = self._checked()
            self.encoding = self._find_encoding()
        except OSError as error:
            self._file.close()
            raise ConfigurationError(f"{path}: {error.strerror}") from error
        except BaseException:
            self._file.close()
            raise
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        self._text = TextIOWrapper(self._file, encoding, errors="surrogateescape", newline="")
        self.rewind()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._text.close()

    @property
    def size(self) -> int:
        """The size of the file when it was opened, in bytes."""
        return self._state[0]

    @property
    def position(self) -> int:
        """Bytes read so far; some of them may not have been given out yet."""
        return self._file.tell()

    def rewind(self) -> None:
        """Go back to the first line."""
        self._text.seek(0)
        self._rest: str | None = ""
        self._start: tuple[int, str | None] = 0, self._rest
        self._piece: list[str] = []
        self._lines = iter(self._piece)

    def mark(self) -> Mark:
        """The place where the next line begins."""
        return Mark(*self._start, len(self._piece) - length_hint(self._lines))

    def go_back(self, mark: Mark) -> None:
        """Go back to ``mark``: the lines after it are given out again."""
        if (mark.position, mark.rest) != self._start:
            self._text.seek(mark.position)
            self._rest = mark.rest
            self._read_lines()
        self._lines = iter(self._piece[mark.lines :])

    def read(self, size: int = LINE) -> str:
        """The next piece of the text, empty at the end; for text that does not come in lines."""
        piece = self._read_text(size)
        if not piece:
            self._check_unchanged()
        return piece if piece.isascii() else STRAY.sub("\ufffd", piece)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while (line := next(self._lines, None)) is None:
            if self._rest is None:
                raise StopIteration
            self._read_lines()
        if len(line) > LINE:
            raise RowRefused(f"a line of more than {LINE} characters", line)
        # Also in a file that had none when it was opened: it may have grown since.
        if not line.isascii() and STRAY.search(line):
            shown = STRAY.sub("\ufffd", line)
            raise RowRefused("it has bytes that are not UTF-8, unlike the rest of the file", shown)
        return line

    def _read_text(self, size: int) -> str:
        try:
            return self._text.read(size)
        except OSError as error:
            raise SourceChanged(f"{self.path} cannot be read further: {error.strerror}") from error

    def _check_unchanged(self) -> None:
        if _state(self._file) != self._state:
            raise SourceChanged(
                f"{self.path} changed while it was read: its last row and what came after it are "
                "left out; import it again when it is complete"
            )

    def _read_lines(self) -> None:
        """Read the lines of the next piece of the text, except for the last one, which may go on.

        This is much faster than reading the lines one by one.
        """
        self._start = self._text.tell(), self._rest
        rest, self._rest = self._rest or "", None
        piece = self._read_text(LINE)
        if not piece:
            self._check_unchanged()
            self._piece = [rest] if rest else []
        else:
            self._piece = StringIO(rest + piece, newline="").readlines()
            last = self._piece.pop()
            self._rest = last if len(last) <= LINE else _shortened(last)
        self._lines = iter(self._piece)

    def _checked(self) -> tuple[int, int]:
        if not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            raise ConfigurationError(
                f"{self.path}: it cannot be read twice; save its content to a file first"
            )
        beginning = self._file.read(16)
        for mark, meaning in FOREIGN.items():
            if beginning.startswith(mark):
                raise ConfigurationError(f"{self.path}: it is {meaning}")
        if b"\0" in beginning:
            raise ConfigurationError(f"{self.path}: it is not UTF-8 text; save it as UTF-8")
        return _state(self._file)

    def _find_encoding(self) -> str:
        for encoding in ENCODINGS[:-1]:
            if self._count(encoding, "strict") is not None:
                return encoding
            if encoding == "utf-8" and self._is_damaged():
                return encoding
        return ENCODINGS[-1]

    def _is_damaged(self) -> bool:
        """Whether the file is UTF-8 with a few stray bytes: other encodings hardly look like it."""
        strays, letters = self._count("utf-8", "surrogateescape") or (0, 0)
        return letters > 2 * strays

    def _count(self, encoding: str, errors: str) -> tuple[int, int] | None:
        """The numbers of stray bytes and of non-ASCII letters; None if decoding fails.

        Both are 0 if ``errors`` is ``strict``.
        """
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        strays = letters = 0
        self._file.seek(0)
        try:
            while chunk := self._file.read(CHUNK):
                text = decoder.decode(chunk)
                if errors != "strict":
                    strays += len(STRAY.findall(text))
                    letters += len(FOREIGN_LETTERS.findall(text))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
        return strays, letters


def _opener(path: str, flags: int) -> int:
    # Without O_NONBLOCK, opening a named pipe would wait for a writer.
    return os.open(path, flags | os.O_NONBLOCK)


def _shortened(line: str) -> str:
    """The beginning and the end of a line that is too long; its quotes stay paired or unpaired."""
    return line[:LINE] + '"' * (line.count('"', LINE, len(line) - 1) % 2) + line[-1]


def _state(file: BufferedReader) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns
