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
