"""Outputs that take no more, as pipes that nobody reads and full disks; those not in UTF-8."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import Start
from tests.processes import COMMAND, LISTENING, environment, run

BUFFERED = {k: v for k, v in environment().items() if k != "PYTHONUNBUFFERED"}
UNBUFFERED = BUFFERED | {"PYTHONUNBUFFERED": "1"}
"""What is printed fails at once in this one, and at the end of the command in the other."""
EXPORT = "export rates --user ann"


@pytest.fixture
def closed() -> Iterator[int]:
    """The end for writing of a pipe that has no other."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.fixture
def full() -> Iterator[int]:
    """A file on a disk that is full."""
    file = os.open("/dev/full", os.O_WRONLY)
    yield file
    os.close(file)


@pytest.fixture(params=[BUFFERED, UNBUFFERED], ids=["buffered", "unbuffered"])
def environ(request: pytest.FixtureRequest) -> dict[str, str]:
    """An environment of each kind."""
    environ: dict[str, str] = request.param
    return environ


@pytest.fixture(params=["--version", "--help", "--check --profile dev", EXPORT])
def line(request: pytest.FixtureRequest, data: Path, tmp_path: Path) -> list[str]:
    """A command, and what it needs."""
    if request.param != EXPORT:
        return [*COMMAND, *request.param.split()]
    rates = tmp_path / "rates.csv"
    rates.write_text("user_id,movie_id,rate\nann,tt6751668,9\n")
    imported = run("import", "rates", str(rates), data=data)
    assert imported.returncode == 0, imported.stderr
    return [*COMMAND, *request.param.split(), "--data", str(data)]


def printed_into(
    output: int, line: list[str], environ: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """A command whose standard output is the file ``output``."""
    return subprocess.run(
        line,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
        timeout=60,
        check=False,
    )


def test_a_command_that_nobody_reads_ends_as_in_shells(
    line: list[str], closed: int, environ: dict[str, str]
) -> None:
    done = printed_into(closed, line, environ)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_command_whose_disk_is_full_says_so(
    line: list[str], full: int, environ: dict[str, str]
) -> None:
    done = printed_into(full, line, environ)
    expected = "movieserver: standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, expected)


def test_a_command_whose_errors_are_closed_does_its_work(data: Path, tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("user_id,movie_id,rate\nann,tt6751668,9\n")
    line = shlex.join([*COMMAND, "import", "rates", str(rates), "--data", str(data)])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line} 2>&-"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "1 rate went in, 0 refused\n")


@pytest.mark.parametrize(("encoding", "shown"), [("latin-1", "Léon"), ("ascii", r"L\xe9on")])
def test_an_output_that_lacks_a_character_shows_its_number(
    data: Path, tmp_path: Path, encoding: str, shown: str
) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("Date,Name,Year,Rating\n2020-01-05,卧虎藏龙 Léon,1994,4\n", "utf-8")
    done = subprocess.run(
        [*COMMAND, "import", "rates", str(rates), "--user", "ann", "--data", str(data)],
        capture_output=True,
        encoding=encoding,
        env=environment() | {"PYTHONIOENCODING": encoding},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert rf"2020-01-05,\u5367\u864e\u85cf\u9f99 {shown},1994,4" in done.stdout
    assert "0 rates went in, 1 refused" in done.stdout


def test_a_path_that_is_no_utf8_is_shown_as_it_is(tmp_path: Path) -> None:
    line = [*map(str.encode, COMMAND), b"--check", b"--data", bytes(tmp_path / "jos") + b"\xe9"]
    done = subprocess.run(line, capture_output=True, env=environment(), timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"/jos\xe9/token-secret" in done.stdout


@pytest.mark.parametrize("command", ["status", "audit"])
def test_a_report_that_nobody_reads_ends_as_in_shells(
    start: Start, data: Path, command: str, closed: int, environ: dict[str, str]
) -> None:
    server = start("--profile", "dev")
    assert server.get("/health/ready").ok
    done = printed_into(closed, [*COMMAND, command, "--data", str(data)], environ)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("fate", ["closed", "full"])
def test_a_server_whose_log_goes_nowhere_goes_on(
    data: Path, fate: str, request: pytest.FixtureRequest, environ: dict[str, str]
) -> None:
    line = [*COMMAND, "--profile", "dev", "--listen", "127.0.0.1:0", "--data", str(data)]
    with subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=request.getfixturevalue(fate),
        text=True,
        env=environ | {"MOVIESERVER_LOG_ACCESS": "true"},
    ) as server:
        assert server.stdout is not None
        match = LISTENING.search(server.stdout.readline())
        assert match is not None
        for _ in range(3):  # A line of the log each.
            assert requests.get(f"{match[1]}/movies/top10", timeout=10).ok
        server.terminate()
    assert server.returncode == 0
