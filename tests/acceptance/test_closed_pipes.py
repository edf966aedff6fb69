"""Pipes that nobody reads any more, as those of ``| head`` soon are."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import Start
from tests.processes import COMMAND, LISTENING, environment

BUFFERED = {k: v for k, v in environment().items() if k != "PYTHONUNBUFFERED"}
UNBUFFERED = BUFFERED | {"PYTHONUNBUFFERED": "1"}
"""What is printed fails at once in this one, and at the end of the command in the other."""


@pytest.fixture
def closed() -> Iterator[int]:
    """The end for writing of a pipe that has no other."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize("environ", [BUFFERED, UNBUFFERED], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("arguments", ["--version", "--check --profile dev", "status", "audit"])
def test_a_command_that_nobody_reads_ends_as_in_shells(
    start: Start, data: Path, closed: int, arguments: str, environ: dict[str, str]
) -> None:
    line = arguments.split()
    if arguments in ("audit", "status"):
        server = start("--profile", "dev")
        line += ["--data", str(data)]
        assert server.get("/health/ready").ok
    done = subprocess.run(
        [*COMMAND, *line],
        stdout=closed,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (141, "")


def test_the_help_that_nobody_reads_is_no_traceback(closed: int) -> None:
    done = subprocess.run(
        [*COMMAND, "--help"], stdout=closed, stderr=subprocess.PIPE, env=BUFFERED, check=False
    )
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_server_whose_log_nobody_reads_goes_on(data: Path, closed: int) -> None:
    line = [*COMMAND, "--profile", "dev", "--listen", "127.0.0.1:0", "--data", str(data)]
    environ = BUFFERED | {"MOVIESERVER_LOG_ACCESS": "true"}
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=closed, text=True, env=environ
    ) as server:
        assert server.stdout is not None
        match = LISTENING.search(server.stdout.readline())
        assert match is not None
        for _ in range(3):  # A line of the log each.
            assert requests.get(f"{match[1]}/movies/top10", timeout=10).ok
        server.terminate()
