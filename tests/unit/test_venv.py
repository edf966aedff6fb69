"""The environment of a clone: what bin/venv makes, and when it makes it again."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTING_UP = "Setting up"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with an environment whose pip does nothing."""
    for name in ("bin/venv", "bin/make_venv.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "setup.py").touch()
    os.utime(tmp_path / "setup.py", (0, 0))
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    return tmp_path


def made(clone: Path, *extra: str) -> bool:
    done = subprocess.run(
        [clone / "bin" / "venv", *extra], capture_output=True, text=True, timeout=60, check=True
    )
    return SETTING_UP in done.stderr


def test_it_is_made_once_and_again_after_a_change(clone: Path) -> None:
    assert made(clone)
    assert not made(clone)
    assert made(clone, "test")
    os.utime(clone / "setup.py")
    os.utime(clone / ".venv" / "installed", (0, 0))
    assert made(clone)


def test_one_with_an_extra_serves_without_it_as_well(clone: Path) -> None:
    assert made(clone, "test")
    assert not made(clone, "test")
    assert not made(clone)
    assert made(clone, "bench")


def test_ctrl_c_leaves_a_line(clone: Path) -> None:
    pip = clone / ".venv" / "bin" / "python"
    pip.write_text("#!/bin/sh\n[ $3 = --version ] || { echo pip runs; exec sleep 60; }\n")
    # A shell's background job ignores Ctrl-C, and so does all that it starts.
    command = ["env", "--default-signal=INT", str(clone / "bin" / "venv")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == "pip runs\n"
        os.killpg(running.pid, signal.SIGINT)
        *_, last = running.stderr.readlines()
    assert (running.returncode, last) == (130, "bin/venv: interrupted; run it again to go on\n")
