"""Fixtures of all tests."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Process

Start = Callable[..., Process]


def pytest_configure() -> None:
    """Say that there is no event loop yet.

    Otherwise pytest-tornado has asyncio make one, which nobody closes; it would be found, and
    taken for a leak of the test that happens to run then.
    """
    asyncio.set_event_loop(None)


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
