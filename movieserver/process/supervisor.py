"""Several processes of one profile on one port."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from movieserver.errors import MovieserverError

log = logging.getLogger(__name__)

VARIABLE = "MOVIESERVER_PROCESS"
"""The environment variable with a process's number among those of its supervisor."""
FOLDER = "MOVIESERVER_PROCESSES_FOLDER"
"""The environment variable with the folder where a process finds its siblings."""
CHECK = 0.1
"""Seconds between two checks of the processes."""
EARLY = 5.0
"""Seconds after the start within which a process that exits with an error ends the whole start.

Also the minimum seconds between two starts of one process: one that ends at once would otherwise
be started ten times a second.
"""


class Supervisor:
    """Starts the processes, restarts those that end unasked, and stops them all together.

    Each process holds the reading end of a pipe, and stops when the supervisor is gone.
    """

    def __init__(self, processes: int, arguments: Sequence[str]) -> None:
        """Take how many processes to run, and the command line of each."""
        self._command = [sys.executable, *import_options(), "-m", "movieserver", *arguments]
        self._count = processes
        self._folder = ""
        self._stopping = False
        self._told = False
        """Whether the processes were told to end."""
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._started: dict[int, float] = {}

    def run(self) -> int:
        """Run until SIGTERM or SIGINT and return 0, or the status of a process that fails early.

        Raises ``MovieserverError`` if the processes cannot be started.
        """
        try:
            folder = TemporaryDirectory(prefix="movieserver-", ignore_cleanup_errors=True)
        except OSError as error:
            raise MovieserverError(f"the processes need a folder for sockets: {error}") from error
        with folder as self._folder:
            return self._run()

    def _run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        started = time.monotonic()
        self._start_all()
        failure = 0
        while not (self._stopping or failure):
            time.sleep(CHECK)
            ended = [n for n, process in self._running.items() if process.poll() is not None]
            if time.monotonic() - started < EARLY:
                failure = max([0, *(self._running[number].returncode for number in ended)])
            if not (self._stopping or failure):
                self._replace(ended)
        self._end()
        return failure

    def _start_all(self) -> None:
        for number in range(self._count):
            try:
                self._running[number] = self._start(number)
            except OSError as error:
                self._end()
                what = f"process {number} of {self._count} cannot be started: {error.strerror}"
                raise MovieserverError(what) from error

    def _start(self, number: int) -> "subprocess.Popen[bytes]":
        # What one says at its start is said once; later on nobody may read it, which would end it.
        output = subprocess.DEVNULL if number in self._started else None
        self._started[number] = time.monotonic()
        # Give it a session of its own: Ctrl-C reaches only this process, which ends the others.
        environment = {**os.environ, VARIABLE: str(number), FOLDER: self._folder}
        return subprocess.Popen(
            self._command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            start_new_session=True,
        )

    def _replace(self, ended: Sequence[int]) -> None:
        for number in ended:
            if time.monotonic() - self._started[number] < EARLY:
                continue
            status = self._running[number].returncode
            log.warning("process %d ended with status %d; starting another", number, status)
            try:
                self._running[number] = self._start(number)
            except OSError as error:
                # What killed it, such as a lack of memory, may last; the other processes go on.
                log.warning("process %d cannot be started now: %s", number, error.strerror)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        # At first do nothing else: a process may be starting that is not in _running yet.
        self._stopping = True
        if self._told:
            self._tell()

    def _tell(self) -> None:
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

    def _end(self) -> None:
        self._tell()
        self._told = True
        for process in self._running.values():
            process.wait()


def import_options() -> list[str]:
    """The option that keeps the current folder from hiding modules of ours, unless it may.

    With ``-m`` Python looks there first, but this process may not look there at all.
    """
    try:
        return [] if str(Path.cwd()) in sys.path else ["-P"]
    except FileNotFoundError:
        return ["-P"]  # it was removed
