"""What acceptance tests are given."""

from collections.abc import Iterator

import pytest

from tests.processes import Process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One that does everything, for a module."""
    process = Process("--profile", "dev", data=tmp_path_factory.mktemp("server") / "data")
    yield process
    assert process.terminate() == 0
    assert "Traceback" not in "".join(process.output)
