"""The supervisor of several processes, with processes that are none."""

import errno
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from movieserver.errors import MovieserverError
from movieserver.process import supervisor
from movieserver.process.supervisor import Supervisor, import_options


class FakeProcess:
    """Ends when it is told to; the first one has ended already."""

    started: list["FakeProcess"]
    line: list[str]
    options: list[dict[str, Any]]

    def __init__(self, line: list[str], **options: Any) -> None:
        FakeProcess.line = line
        self.options.append(options)
        assert Path(options["env"][supervisor.FOLDER]).is_dir()
        self.returncode: int | None = None if self.started else 0
        self.waited_for = False
        self.started.append(self)
        if len(self.started) == 2:
            signal.raise_signal(signal.SIGTERM)

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        self.returncode = -number

    def wait(self) -> int | None:
        assert self.returncode is not None, "would wait for ever"
        self.waited_for = True
        return self.returncode


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def run(
    monkeypatch: pytest.MonkeyPatch, kind: type[FakeProcess], early: float, processes: int = 1
) -> int:
    """The exit status of a supervisor of such processes."""
    kind.started, FakeProcess.options = [], []
    monkeypatch.setattr(subprocess, "Popen", kind)
    monkeypatch.setattr(supervisor, "CHECK", 0.0)
    monkeypatch.setattr(supervisor, "EARLY", early)
    return Supervisor(processes, ["--profile", "dev"]).run()


def test_a_process_that_starts_while_the_signal_comes_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(monkeypatch, FakeProcess, early=0.0) == 0
    assert [process.returncode for process in FakeProcess.started] == [0, -signal.SIGTERM]
    assert [process.waited_for for process in FakeProcess.started] == [False, True]


def test_a_process_is_out_of_reach_of_ctrl_c_and_hears_of_the_end_of_its_supervisor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEPT", "yes")
    run(monkeypatch, FakeProcess, early=0.0)
    for options, output in zip(FakeProcess.options, (None, subprocess.DEVNULL), strict=True):
        environment = options.pop("env")
        assert (environment["KEPT"], environment[supervisor.VARIABLE]) == ("yes", "0")
        assert not Path(environment[supervisor.FOLDER]).exists()
        # A second one says nothing: its words are said, and there may be nobody left to read them.
        assert options == {
            "stdin": subprocess.PIPE,
            "stdout": output,
            "start_new_session": True,
        }


class Scarce(FakeProcess):
    """The system has no memory for the second one when it is first to be started."""

    refused = False

    def __init__(self, line: list[str], **options: Any) -> None:
        if self.started and not Scarce.refused:
            Scarce.refused = True
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        super().__init__(line, **options)


def test_a_process_that_cannot_be_started_again_now_is_tried_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert run(monkeypatch, Scarce, early=0.0) == 0
    assert [process.returncode for process in Scarce.started] == [0, -signal.SIGTERM]
    assert "process 0 ended with status 0; starting another" in caplog.text
    assert "process 0 cannot be started now: Cannot allocate memory" in caplog.text


class Second(FakeProcess):
    """The first one runs; there is no memory for another."""

    def __init__(self, line: list[str], **options: Any) -> None:
        if self.started:
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        super().__init__(line, **options)
        self.returncode = None


def test_processes_that_cannot_all_be_started_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MovieserverError, match="process 1 of 2 cannot be started: Cannot allocate"):
        run(monkeypatch, Second, early=0.0, processes=2)
    assert [process.returncode for process in Second.started] == [-signal.SIGTERM]


def test_no_folder_for_the_processes_is_an_error_in_our_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(supervisor, "TemporaryDirectory", full)
    with pytest.raises(MovieserverError, match=r"a folder for sockets: .*No space left"):
        Supervisor(2, []).run()


class ShortLived(FakeProcess):
    """Is killed at once; the hundredth look at one ends the supervisor."""

    looks = 0

    def __init__(self, *_: object, **__: object) -> None:
        self.returncode = -signal.SIGKILL
        self.started.append(self)

    def poll(self) -> int | None:
        ShortLived.looks += 1
        if ShortLived.looks == 100:
            signal.raise_signal(signal.SIGTERM)
        return super().poll()


def test_a_process_that_ends_at_once_is_not_started_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ShortLived.looks = 0
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    assert run(monkeypatch, ShortLived, early=1e9) == 0
    assert len(ShortLived.started) == 1
    assert len(pauses) == 100


class Failing(ShortLived):
    """Has failed by itself."""

    def __init__(self, *_: object, **__: object) -> None:
        self.returncode = 1
        self.started.append(self)


def test_a_process_that_fails_at_the_start_is_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, Failing, early=1e9) == 1
    assert len(Failing.started) == 1


def test_one_that_fails_later_is_no_failure_of_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    ShortLived.looks = 0
    assert run(monkeypatch, Failing, early=0.0) == 0


def test_a_process_imports_from_the_current_folder_only_if_its_supervisor_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    run(monkeypatch, FakeProcess, early=0.0)
    assert FakeProcess.line[1:4] == ["-P", "-m", "movieserver"]
    monkeypatch.syspath_prepend(tmp_path)
    run(monkeypatch, FakeProcess, early=0.0)
    assert FakeProcess.line[1:3] == ["-m", "movieserver"]


def test_a_current_folder_that_was_removed_hides_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    removed = tmp_path / "removed"
    removed.mkdir()
    monkeypatch.chdir(removed)
    removed.rmdir()
    assert import_options() == ["-P"]
