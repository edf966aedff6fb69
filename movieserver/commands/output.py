"""Standard output: it takes any text, and if it cannot be written to, one line says so."""

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

STDOUT = 1
"""The file descriptor of standard output."""
ERRORS = "movieserver.output"
"""The name of the error handler for what standard output cannot encode."""


class OutputError(Exception):
    """Standard output did not take what was printed; the system's error is the cause."""


class Output(io.TextIOBase):
    """What ``print`` writes to: a stream whose errors can be told from all others."""

    def __init__(self, stream: TextIO | None) -> None:
        """Wrap ``stream``, which is None if the process was started with its output closed."""
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)
        self._stream = stream

    def write(self, text: str) -> int:
        """Write ``text``; may raise ``OutputError``."""
        with told():
            return self._stream.write(text) if self._stream else len(text)

    def flush(self) -> None:
        """Flush what was written; may raise ``OutputError``."""
        with told():
            if self._stream:
                self._stream.flush()


def encodable(error: UnicodeError) -> tuple[str | bytes, int]:
    """The bytes of a path that is not in the output's encoding, or an escape for a character."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


codecs.register_error(ERRORS, encodable)


@contextmanager
def told() -> Iterator[None]:
    """Turn the system's errors about standard output into ``OutputError``."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"standard output: {error.strerror}") from error


def discard_unwritable() -> None:
    """Discard output that cannot be written, or the interpreter would complain of it at exit."""
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
