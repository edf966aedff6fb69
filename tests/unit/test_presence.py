"""Which servers run on a data folder."""

import errno
import fcntl
from pathlib import Path

import pytest

from movieserver.process.presence import FOLDER, present, running


def test_servers_are_there_until_they_end(data: Path) -> None:
    data.mkdir()
    with present(data, ["http://127.0.0.1:1", "http://[::1]:1"]):
        with present(data, ["http://127.0.0.1:2"]):
            assert running(data) == ["http://127.0.0.1:1", "http://127.0.0.1:2"]
        assert running(data) == ["http://127.0.0.1:1"]
    assert list((data / FOLDER).iterdir()) == []
    assert running(data) == []


def test_what_a_killed_server_left_behind_is_swept(data: Path) -> None:
    left = data / FOLDER / "0123456789abcdef"
    left.parent.mkdir(parents=True)
    left.write_text("http://127.0.0.1:1")
    assert running(data) == []
    assert not left.exists()
    left.write_text("http://127.0.0.1:1")
    with present(data, ["http://127.0.0.1:2"]):
        assert not left.exists()


def test_where_there_are_no_locks_no_file_says_that_a_server_runs(
    data: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    data.mkdir()
    monkeypatch.setattr(fcntl, "flock", refused)
    with present(data, ["http://127.0.0.1:1"]):
        assert list((data / FOLDER).iterdir()) == []
    assert "will not find this server: [Errno 37] No locks available" in caplog.text


def test_no_data_folder_is_made(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    with present(data, ["http://127.0.0.1:1"]):
        assert not data.exists()
    assert running(data) == []
    assert caplog.records == []


def test_a_server_that_cannot_tell_of_itself_says_so(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data.mkdir()
    (data / FOLDER).touch()
    with present(data, ["http://127.0.0.1:1"]):
        [record] = caplog.records
    assert "'movieserver status --data' will not find this server" in record.getMessage()


def test_the_error_of_a_server_is_its_own(data: Path) -> None:
    data.mkdir()
    with pytest.raises(OSError, match="mine"), present(data, ["http://127.0.0.1:1"]):
        raise OSError("mine")
    assert running(data) == []
