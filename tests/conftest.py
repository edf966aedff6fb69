"""Fixtures of all tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Process

Start = Callable[..., Process]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    return tmp_path / "data"


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    """Starts processes that end with the test."""
    processes: list[Process] = []

    def started(*arguments: str, **options: Any) -> Process:
        processes.append(Process(*arguments, data=data, **options))
        return processes[-1]

    yield started
    for process in processes:
        if process.popen.poll() is None:
            process.kill()
