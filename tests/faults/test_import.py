"""An import that is killed, interrupted or starved in the middle, and then run again."""

import csv
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.processes import COMMAND, PATIENCE, environment, eventually, run

USERS, MOVIES = 2000, 20
RATES = USERS * MOVIES


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Rates of many users of a few films."""
    path = tmp_path / "rates.csv"
    with path.open("w", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(("user_id", "movie_id", "rate", "rated_at"))
        for number in range(RATES):
            user, movie = divmod(number, MOVIES)
            writer.writerow((f"user{user}", f"tt{movie:07}", 1 + number % 10, "2020-01-01"))
    return path


def rates_in(data: Path) -> int:
    """How many rates the store has."""
    with closing(sqlite3.connect(f"file:{data / 'movieserver.db'}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM rates").fetchone()[0])


@pytest.fixture
def ctrl_c(request: pytest.FixtureRequest) -> Iterator[None]:
    """What children do at first on Ctrl-C, wherever the tests themselves run."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize(
    ("number", "ctrl_c"),
    [
        (signal.SIGKILL, signal.default_int_handler),
        (signal.SIGINT, signal.default_int_handler),
        # Ignored, as in the background of a script.
        (signal.SIGTERM, signal.SIG_IGN),
    ],
    indirect=["ctrl_c"],
)
def test_an_import_that_was_ended_can_be_run_again(
    start: Start, data: Path, file: Path, number: signal.Signals
) -> None:
    start("--profile", "dev")
    report = file.with_suffix(".report")
    importing = subprocess.Popen(
        [*COMMAND, "import", "rates", str(file), "--report", str(report), "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    eventually(lambda: rates_in(data) > 0)
    os.kill(importing.pid, number)
    output, errors = importing.communicate(timeout=PATIENCE)
    before = rates_in(data)
    assert 0 < before < RATES
    assert "Traceback" not in errors
    if number != signal.SIGKILL:
        assert importing.returncode == 1
        said = "BROKEN OFF: interrupted; what went in stays in: import the file again\n"
        assert said in output
        assert report.read_text() == said

    again = run("import", "rates", str(file), data=data)
    expected = f"{RATES - before} rates went in, {before} were there already, 0 refused\n"
    assert (again.returncode, again.stdout) == (0, expected), again.stderr
    audited = run("audit", data=data)
    assert audited.returncode == 0
    assert audited.stdout.startswith(f"{RATES} rates of {MOVIES} movies, 0 differences; 0 rates")
