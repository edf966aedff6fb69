"""What clients see of a plugin that fails in a way that nobody foresaw."""

import signal
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.problems import refused
from tests.processes import Process, eventually

PROFILE = """profile: mine
listen: 127.0.0.1:0
stores: {}
handlers: {"tests.acceptance.surprise:resource": {access: public}}
jobs: {}
log: {access: true}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    (tmp_path / "mine.yaml").write_text(PROFILE)
    process = Process("--profile", str(tmp_path / "mine.yaml"), data=tmp_path / "data")
    yield process
    assert process.terminate() == 0


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (424, HTTPStatus(424).description or HTTPStatus(424).phrase),
        (403, "Request forbidden -- authorization will not help"),
        (499, "The status is 499."),
        (520, "The status is 520."),
    ],
)
def test_every_status_is_an_answer(server: Process, status: int, said: str) -> None:
    assert refused(server.get(f"/surprise?status={status}"), status) == said
    assert refused(server.get(f"/surprise/memory/{status}"), status) == said
    line = f"GET /surprise: HTTP {status}: "
    eventually(lambda: any(line in each and "clients" in each for each in server.output))


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/surprise/memory", "KeyError: 'secret'"),
        ("/surprise/stores", "ConfigurationError: the profile lists no store for 'rates'"),
    ],
)
def test_a_bug_beside_the_memory_is_an_answer_and_told_in_the_log(
    server: Process, path: str, error: str
) -> None:
    answer = server.get(path)
    assert error.partition(": ")[2] not in refused(answer, 500)
    line = f"GET {path} failed [{answer.headers['X-Request-Id']}]"
    eventually(lambda: any(line in each for each in server.output))
    eventually(lambda: error in "".join(server.output))
    eventually(lambda: any(f"GET {path} 500" in line for line in server.output))


def test_a_handler_may_vary_its_answer_by_more_than_the_encoding(server: Process) -> None:
    answer = server.get("/surprise?language=en")
    assert answer.headers["Vary"] == "Accept-Language, Accept-Encoding"


def test_a_line_of_the_log_that_does_not_fit_harms_no_request(server: Process) -> None:
    assert refused(server.get("/surprise?unfit=1"), 400) == "needed is missing."
    eventually(lambda: any("surprise: %s of %s" in line for line in server.output))


@pytest.mark.parametrize(("processes", "status"), [("1", -signal.SIGTERM), ("2", 0)])
def test_a_job_that_does_not_end_is_named_and_ended_by_the_same_signal_again(
    start: Start, tmp_path: Path, processes: str, status: int
) -> None:
    jobs = PROFILE.replace("{}\nlog", "{'tests.acceptance.surprise:Stubborn': }\nlog")
    (tmp_path / "stubborn.yaml").write_text(f"{jobs}http: {{drain_timeout: 0}}\n")
    server = start("--profile", str(tmp_path / "stubborn.yaml"), "--processes", processes)

    def all_have_said(text: str) -> bool:
        return sum(text in line for line in server.output) == int(processes)

    eventually(lambda: all_have_said("a step has begun"))
    server.popen.send_signal(signal.SIGTERM)
    eventually(lambda: all_have_said("the same signal again ends"))
    assert server.terminate() == status
