import json
import logging
from collections.abc import Iterator

import pytest

from movieserver.logs import configure_logging


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning", "human")
    logging.getLogger("movieserver.x").info("not shown")
    logging.getLogger("movieserver.x").warning("a store is away")
    assert capsys.readouterr().err.endswith(" WARNING movieserver.x: a store is away\n")


def test_lines_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "json")
    logging.getLogger("movieserver.x").debug("%d rates", 3)
    [line] = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert (event["message"], event["levelname"], event["name"]) == (
        "3 rates",
        "DEBUG",
        "movieserver.x",
    )


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_drivers_failure_is_a_line(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_logging("info", form)
    failed(logging.getLogger("cassandra.cluster"))
    [line] = capsys.readouterr().err.splitlines()
    assert "Error connecting to 10.0.0.1: refused" in line
    failed(logging.getLogger("movieserver.x"))
    assert "Traceback" in capsys.readouterr().err


def test_those_who_debug_see_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "human")
    failed(logging.getLogger("cassandra.cluster"))
    assert "Traceback" in capsys.readouterr().err


def failed(log: logging.Logger) -> None:
    try:
        raise OSError("refused")
    except OSError:
        log.warning("Error connecting to %s:", "10.0.0.1", exc_info=True)
