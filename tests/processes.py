"""Real movieserver processes for the tests that need some."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
from tornado.netutil import bind_sockets

from movieserver.clock import SystemClock
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import make_secret

PATIENCE = 20.0
"""Seconds that a test waits for something before it fails."""
COMMAND = (sys.executable, "-m", "movieserver")
LISTENING = re.compile(r"listening on (http://\S+)")


def eventually(condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """The first true value that ``condition`` gives; fails after ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not true after {patience} s: {condition}")
        time.sleep(0.02)


def run(
    *arguments: str,
    data: Path | str,
    timeout: float = 60,
    environ: Mapping[str, str] | None = None,
    command: Sequence[str] = COMMAND,
) -> "subprocess.CompletedProcess[str]":
    """A command that ends by itself, with what it printed."""
    return subprocess.run(
        [*command, *arguments, "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=environ or environment(),
    )


def status(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """What ``movieserver status`` prints; unlike ``run``, it names no data folder."""
    return subprocess.run(
        [*COMMAND, "status", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )


def free_port() -> int:
    """A port that nobody listens on."""
    [bound, *more] = bind_sockets(0, "127.0.0.1")
    port: int = bound.getsockname()[1]
    for each in (bound, *more):
        each.close()
    return port


def environment() -> dict[str, str]:
    """The tests' environment without what would change a profile."""
    return {k: v for k, v in os.environ.items() if not k.startswith("MOVIESERVER_")}


class Process:
    """A movieserver that listens on a port of its own."""

    def __init__(
        self,
        *arguments: str,
        data: Path,
        listen: str = "127.0.0.1:0",
        environ: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """Start it and wait until it listens."""
        self.data = data
        self.output: list[str] = []
        self._url = ""
        self._ready = threading.Event()
        self.popen = subprocess.Popen(
            [*command, *arguments, "--data", str(data), "--listen", listen],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environ or environment(),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(PATIENCE) or not self._url:
            self.kill()
            raise AssertionError("it does not listen:\n" + "".join(self.output))
        self.url = self._url
        self.session = requests.Session()

    def get(self, path: str, **arguments: Any) -> requests.Response:
        """GET ``path``."""
        return self.call("GET", path, **arguments)

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Call ``method`` on ``path``."""
        return self.session.request(method, self.url + path, timeout=10, **arguments)

    def rate(self, user: str, movie_id: str, rate: object) -> requests.Response:
        """POST a rate of a user."""
        path = f"/movies/{movie_id}/users/rate"
        return self.call("POST", path, json={"rate": rate}, headers=self.bearer(user))

    def bearer(self, user: str) -> dict[str, str]:
        """The header that makes a request the user's."""
        return {"Authorization": f"Bearer {token(self.data, user)}"}

    def top10(self) -> list[dict[str, Any]]:
        """The ten best."""
        return list(self.get("/movies/top10").json()["result"])

    def terminate(self) -> int:
        """Ask it to stop; returns its exit status."""
        return self.signal(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> int:
        """Send a signal that ends it; returns its exit status."""
        self.popen.send_signal(number)
        return self._ended()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)

    def _ended(self) -> int:
        status = self.popen.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if self.popen.stdout is not None:
            self.popen.stdout.close()
        if hasattr(self, "session"):
            self.session.close()
        return status

    def _read(self) -> None:
        for line in self.popen.stdout or ():
            self.output.append(line)
            if match := LISTENING.search(line):
                self._url = match[1]
                self._ready.set()
        self._ready.set()


_tokens: dict[tuple[Path, str], str] = {}


def token(data: Path, user: str) -> str:
    """A token of ``user`` by the secret in ``data``."""
    if (data, user) not in _tokens:
        _tokens[data, user] = issue_token(make_secret(data), user, 3600, SystemClock())
    return _tokens[data, user]
