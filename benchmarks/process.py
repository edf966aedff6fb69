"""Servers under test: started on the servers' core, ready once they answer, stopped at the end."""

import http.client
import os
import random
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from benchmarks.machine import SERVER_CORE, pin

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
"""Seconds within which a server must give its first answer, or stop."""
PORTS = range(10_000, 20_000)
"""Below those that the system gives to clients, and to servers that ask for any."""
PAUSE = 0.002
"""Seconds between two tries to connect, and so the precision of the time that a start takes."""


def environment() -> dict[str, str]:
    """This process's environment, without the variables that would change a profile."""
    return {k: v for k, v in os.environ.items() if not k.startswith("MOVIESERVER_")}


class ServerProcess:
    """A server on 127.0.0.1, as a context: started on entry, stopped on exit."""

    def __init__(self, *module: str, ready: str, log: Path, port: int | None = None) -> None:
        """Run ``python -m MODULE ARGUMENT …``; ``{port}`` stands for the server's port.

        The server is ready when it answers ``GET ready``; what it prints goes to ``log``.
        """
        self.port = port or free_port()
        self._command = [sys.executable, "-m", *(each.format(port=self.port) for each in module)]
        self._ready = ready
        self._log = log
        self.seconds_to_answer = 0.0

    def __enter__(self) -> Self:
        started = time.perf_counter()
        with self._log.open("wb") as output:
            self._popen = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        pin(SERVER_CORE, self._popen.pid)
        try:
            self._wait_for_answer(started + PATIENCE)
        except BaseException:
            self._stop()
            raise
        self.seconds_to_answer = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._popen.pid

    def get(self, path: str) -> bytes:
        """The body of the answer to ``GET path``; raises ``RuntimeError`` unless it is a 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise RuntimeError(f"GET {path} is answered {response.status}: {body!r}")
        return body

    def _wait_for_answer(self, deadline: float) -> None:
        while True:
            if self._popen.poll() is not None or time.perf_counter() > deadline:
                printed = self._log.read_text(errors="replace")
                raise RuntimeError(f"{' '.join(self._command)} does not answer:\n{printed}")
            with suppress(ConnectionError):
                self.get(self._ready)
                return
            time.sleep(PAUSE)

    def _stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def movieserver(profile: str | Path, data: Path, ready: str) -> ServerProcess:
    """A process of movieserver, not started yet."""
    arguments = ["--profile", str(profile), "--data", str(data), "--listen", "127.0.0.1:{port}"]
    name = Path(profile).stem
    data.mkdir(parents=True, exist_ok=True)
    return ServerProcess("movieserver", *arguments, ready=ready, log=data / f"{name}.log")


def free_port() -> int:
    """A port that nothing listens on now, and that the system gives to nobody meanwhile."""
    while True:
        port = random.choice(PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
