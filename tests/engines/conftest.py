"""Tests that need real servers are collected where the environment asks for them: ENGINES=1."""

import gc
import os
import warnings
from collections.abc import Iterator

import pytest

collect_ignore_glob = [] if os.environ.get("ENGINES") else ["*"]

VARIABLES = (
    "MOVIESERVER_MOVIES",
    "MOVIESERVER_RATES",
    "MOVIESERVER_EVENTS",
    "MOVIESERVER_ISSUER",
    "MOVIESERVER_AUDIENCE",
)

# kafka-python leaves the sockets of failed attempts to connect to the garbage collector.
LEFT_OPEN = "unclosed <socket"


def pytest_configure(config: pytest.Config) -> None:
    missing = [name for name in VARIABLES if name not in os.environ]
    if os.environ.get("ENGINES") and missing:
        raise pytest.UsageError(
            f"ENGINES asks for engines, and {missing[0]} does not say where they are: "
            'eval "$(bin/engines up)" starts them and says it'
        )
    config.addinivalue_line("filterwarnings", f"ignore:{LEFT_OPEN}:ResourceWarning")


@pytest.fixture(scope="session", autouse=True)
def _sockets() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", LEFT_OPEN, ResourceWarning)
        gc.collect()
