"""A listening socket that keeps answering when the process may open no more files."""

import errno
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from movieserver.clock import Clock

log = logging.getLogger(__name__)

NO_FILES = (errno.EMFILE, errno.ENFILE)
REQUEST = 65_536
"""Bytes of a request that are read before it is refused; with data unread, the answer gets lost."""
SILENCE = 10.0
"""Seconds between two warnings."""


class Acceptor(socket.socket):
    """Turns away clients for whom no file is left, using a spare one that it keeps open.

    Left in the queue, they would wait without an answer, and the loop, woken for them again and
    again, would do nothing else.
    """

    def __init__(self, bound: socket.socket, clock: Clock, refusal: Callable[[], bytes]) -> None:
        """Take over ``bound``; ``refusal`` makes the answer to those who are turned away."""
        super().__init__(fileno=bound.detach())
        self.setblocking(False)
        self._clock = clock
        self._refusal = refusal
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)
        self._silent_until = 0.0

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection that there is a file for; ``BlockingIOError`` if there is none."""
        while True:
            try:
                return super().accept()
            except OSError as error:
                if error.errno not in NO_FILES:
                    raise
            self._turn_away()

    def close(self) -> None:
        """Close the socket and the spare file."""
        self._give_up_spare()
        super().close()

    def _turn_away(self) -> None:
        if self._clock.monotonic() >= self._silent_until:
            self._silent_until = self._clock.monotonic() + SILENCE
            log.warning(
                "connections are refused: this process has reached its limit of open files; raise "
                "it (ulimit -n, LimitNOFILE)"
            )
        self._give_up_spare()
        try:
            connection, _ = super().accept()
            with connection, suppress(OSError):
                connection.setblocking(False)
                with suppress(BlockingIOError):
                    connection.recv(REQUEST)
                connection.send(self._refusal())
        except OSError as error:
            # Nobody waits any more, or another thread took the freed file; the loop tries again.
            raise BlockingIOError(errno.EAGAIN, "no file for a connection") from error
        finally:
            with suppress(OSError):
                self._spare = os.open(os.devnull, os.O_RDONLY)

    def _give_up_spare(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
