"""One process of an engine: it outlives the command that started it, and a file finds it again."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from engines.errors import EngineError

PROC = Path("/proc")
STATE, THREADS, STARTED = 0, 17, 19
"""Fields of /proc/PID/stat, counted from the one after the name."""
PATIENCE = 60.0
"""Seconds after which a process that has not ended is an error."""
LINES = 25
"""Lines of a log that tell why a process ended."""


class Node:
    """Node ``number`` of an engine, on the address 127.0.0.``number``."""

    def __init__(self, name: str, number: int, folder: Path) -> None:
        """Take the engine's name, for messages, and the folder for data, log and pid file."""
        self.number = number
        self.address = f"127.0.0.{number}"
        self.folder = folder
        self.log = folder / "log.txt"
        self._name = f"{name} {number}"
        self._pid_file = folder / "pid"

    def __str__(self) -> str:
        return self._name

    @property
    def pid(self) -> int | None:
        """The id of the node's process; None if it does not run."""
        try:
            pid, started = map(int, self._pid_file.read_text().split())
        except (FileNotFoundError, ValueError):  # also while it is being written
            return None
        # A later process may have the same id, but not the same start.
        return pid if _started(pid) == started else None

    @property
    def memory(self) -> int:
        """Resident memory in MiB, including children; shared memory counts each time."""
        told = filter(None, (_told(pid, "statm") for pid in self._family()))
        return sum(int(each.split()[1]) for each in told) * os.sysconf("SC_PAGE_SIZE") >> 20

    def start(self, command: list[str], variables: Mapping[str, str]) -> None:
        """Run ``command`` detached, and append its output to the log."""
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawnp(
            command[0],
            command,
            {**os.environ, **variables},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, self.log, append, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        self._pid_file.write_text(f"{pid} {_started(pid)}")

    def stop(self, number: signal.Signals) -> None:
        """Send the signal ``number`` and wait for the end; SIGKILL goes to children as well.

        Raises ``EngineError`` if the process has not ended after ``PATIENCE`` seconds.
        """
        family = self._family()
        for pid in family if number == signal.SIGKILL else family[:1]:
            _send(pid, number)
            # A paused process ends only after it is resumed.
            _send(pid, signal.SIGCONT)
        deadline = time.monotonic() + PATIENCE
        while any(_started(pid) for pid in family):
            if time.monotonic() > deadline:
                raise EngineError(f"{self} (process {family[0]}) has not ended in {PATIENCE:g} s")
            time.sleep(0.05)
        self._pid_file.unlink(missing_ok=True)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children; raises ``EngineError`` if it is down."""
        family = self._family()
        if not family:
            raise EngineError(f"{self} is not running")
        for pid in family:
            _send(pid, number)

    def last_words(self) -> str:
        """The last lines of the log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-LINES:])

    def _family(self) -> list[int]:
        """The ids of the process and its children; empty if it does not run."""
        if (pid := self.pid) is None:
            return []
        return [pid, *map(int, _told(pid, f"task/{pid}/children").split())]


def _started(pid: int) -> int | None:
    """When a process started, in ticks since boot; None if it has ended."""
    if not (stat := _told(pid, "stat")):
        return None
    fields = stat.rpartition(")")[2].split()
    # A zombie has ended and waits for its parent; but while it has threads, it holds its ports.
    ended = fields[STATE] == "Z" and int(fields[THREADS]) <= 1
    return None if ended else int(fields[STARTED])


def _told(pid: int, name: str) -> str:
    """The content of a process's file in /proc; empty if the process has ended."""
    try:
        return (PROC / str(pid) / name).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
