"""What commands say of stores that hold nothing, or are not there."""

from pathlib import Path

import pytest

from tests.processes import run


@pytest.mark.parametrize(
    "arguments",
    [["audit"], ["rebuild"], ["replay"], ["export", "rates", "--user", "ann"]],
    ids=lambda arguments: arguments[0],
)
def test_what_is_not_there_is_no_answer(tmp_path: Path, arguments: list[str]) -> None:
    data = tmp_path / "mistyped"
    done = run(*arguments, data=data)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"movieserver: {data}/movieserver.db: there is no such database; --data or "
        "MOVIESERVER_DATA names the folder of one\n"
    )
    assert not data.exists()
