"""Several processes of one profile on one port."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from types import FrameType

log = logging.getLogger(__name__)

VARIABLE = "MOVIESERVER_PROCESS"
"""Environment variable that tells a process its number among its supervisor's."""
FOLDER = "MOVIESERVER_PROCESSES_FOLDER"
"""Environment variable that tells a process the folder where it finds those beside it."""
CHECK = 0.1
"""Seconds between two looks at the processes."""
EARLY = 5.0
"""Seconds within which a process that gives up makes the whole start a failure, and before which a
later one is not started again: what ends at once would be started ten times a second."""


class Supervisor:
    """Starts the processes, starts again what ends unasked, and stops them all together.

    Each process holds the reading end of a pipe: it stops when the supervisor is gone.
    """

    def __init__(self, processes: int, arguments: Sequence[str]) -> None:
        """Take how many processes to run, and the command line of each."""
        self._command = [sys.executable, "-m", "movieserver", *arguments]
        self._count = processes
        self._folder = ""
        self._stopping = False
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._started: dict[int, float] = {}

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, returning 0, or until a process fails early."""
        with TemporaryDirectory(prefix="movieserver-") as self._folder:
            return self._run()

    def _run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        started = time.monotonic()
        self._running = {number: self._start(number) for number in range(self._count)}
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

    def _start(self, number: int) -> "subprocess.Popen[bytes]":
        self._started[number] = time.monotonic()
        # A session of its own: Ctrl-C reaches this process alone, which then ends the others.
        environment = {**os.environ, VARIABLE: str(number), FOLDER: self._folder}
        return subprocess.Popen(
            self._command, env=environment, stdin=subprocess.PIPE, start_new_session=True
        )

    def _replace(self, ended: Sequence[int]) -> None:
        for number in ended:
            if time.monotonic() - self._started[number] < EARLY:
                continue
            status = self._running[number].returncode
            log.warning("process %d ended with status %d; starting another", number, status)
            self._running[number] = self._start(number)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        # Nothing else: a process may be about to start, of which nobody knows here.
        self._stopping = True

    def _end(self) -> None:
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            process.wait()
