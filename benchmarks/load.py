"""The load: requests that 64 connections send over and over, with wrk if it is installed."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CONNECTIONS = 64
SCRIPT = Path(__file__).with_name("wrk.lua")
PATIENCE = 30.0
"""Seconds that a load generator may take beyond the time it was given."""

Generator = Literal["wrk", "own"]


@dataclass(frozen=True)
class Load:
    """What one load measured."""

    requests_per_second: float
    p99_milliseconds: float


def generator_at_hand() -> Generator:
    """``wrk`` if it is installed, else this package's own client."""
    return "wrk" if shutil.which("wrk") else "own"


def run_load(generator: Generator, port: int, requests: Path, seconds: float) -> Load:
    """Send the requests in a file in turn; each connection sends one when its last is answered.

    Raises ``RuntimeError`` if a request was not answered, or answered with a status of 400 or more.
    """
    completed = subprocess.run(
        command(generator, port, requests, seconds),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + PATIENCE,
    )
    if completed.returncode:
        raise RuntimeError(f"{generator} failed: {completed.stdout}{completed.stderr}")
    measured = json.loads(completed.stdout.splitlines()[-1])
    if measured["failed"] or not measured["requests"]:
        raise RuntimeError(f"requests failed: {measured}")
    return Load(measured["requests"] / measured["seconds"], measured["p99_ms"])


def command(generator: Generator, port: int, requests: Path, seconds: float) -> Sequence[str]:
    """The command line of a load generator; either prints a line of JSON at the end."""
    if generator == "wrk":
        line = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{math.ceil(seconds)}s", "-s", str(SCRIPT)]
        return [*line, f"http://127.0.0.1:{port}", "--", str(requests)]
    line = [sys.executable, "-m", "benchmarks.client"]
    return [*line, str(port), str(requests), str(CONNECTIONS), str(seconds)]


def get(target: str) -> bytes:
    """The bytes of a GET request."""
    return request("GET", target, {}, b"")


def post(target: str, token: str, body: bytes) -> bytes:
    """The bytes of a POST request with JSON, by a token's user."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return request("POST", target, {**headers, "Content-Length": str(len(body))}, body)


def request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def write_requests(path: Path, requests: Iterable[bytes]) -> Path:
    """Write the requests to a file as both generators read it: separated by NUL bytes."""
    path.write_bytes(b"\0".join(requests))
    return path
