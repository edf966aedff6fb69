"""The standard output: where it takes no more, that is said once, in a line."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

STDOUT = 1
"""The file descriptor of the standard output."""


class OutputError(Exception):
    """The standard output did not take what was printed; the system's error is the cause."""


class Output(io.TextIOBase):
    """What ``print`` writes to: a stream whose errors are told from all others."""

    def __init__(self, stream: TextIO | None) -> None:
        """``stream`` is None where the process was started with its output closed."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text; raises ``OutputError``."""
        with told():
            return self._stream.write(text) if self._stream else len(text)

    def flush(self) -> None:
        """Hand over what was written; raises ``OutputError``."""
        with told():
            if self._stream:
                self._stream.flush()


@contextmanager
def told() -> Iterator[None]:
    """What the system says against writing to the standard output becomes an ``OutputError``."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"the standard output: {error.strerror}") from error


def discard_unwritable() -> None:
    """Let what cannot be written go nowhere; the interpreter would complain of it at its end."""
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
