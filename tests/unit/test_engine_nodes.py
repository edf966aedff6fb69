"""Processes of engines, which end whenever they like."""

import json
import os
import struct
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from engines import kafka, node
from engines.command import main, parser
from engines.kafka import Kafka
from engines.node import Node

STAT = "7 (postgres) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0"
MEBIBYTE = (1 << 20) // os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for /proc: the process 7 runs, and has two children."""
    monkeypatch.setattr(node, "PROC", tmp_path / "proc")
    (tmp_path / "proc/7/task/7").mkdir(parents=True)
    (tmp_path / "proc/7/stat").write_text(STAT)
    (tmp_path / "proc/7/statm").write_text(f"900 {MEBIBYTE} 0")
    (tmp_path / "proc/7/task/7/children").write_text("8 9")
    (tmp_path / "pid").write_text("7 4711")
    return tmp_path / "proc"


def test_a_child_that_ends_after_it_was_listed_has_no_memory(proc: Path, tmp_path: Path) -> None:
    (proc / "8").mkdir()
    (proc / "8/statm").write_text(f"900 {2 * MEBIBYTE} 0")
    running = Node("postgres", 1, tmp_path)
    assert (running.pid, running.memory) == (7, 3)


@pytest.mark.usefixtures("proc")
@pytest.mark.parametrize("text", ["", "7", "7 None", "7 4712"])
def test_what_is_no_whole_pid_file_of_a_process_says_that_none_runs(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "pid").write_text(text)
    down = Node("postgres", 1, tmp_path)
    assert (down.pid, down.memory) == (None, 0)


def test_a_process_that_ends_before_its_children_are_listed_has_none(
    proc: Path, tmp_path: Path
) -> None:
    (proc / "7/task/7/children").unlink()
    (proc / "7/statm").unlink()
    assert Node("postgres", 1, tmp_path).memory == 0


@pytest.mark.usefixtures("proc")
@pytest.mark.parametrize(("brokers", "answers"), [(1, False), (2, True), (3, True)])
def test_a_broker_answers_when_it_knows_those_that_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brokers: int, answers: bool
) -> None:
    parts = iter([struct.pack(">i", 12), struct.pack(">iii", 1, 0, brokers)])
    monkeypatch.setattr(kafka, "receive", lambda *_: next(parts))
    monkeypatch.setattr("engines.kafka.socket.create_connection", MagicMock())
    cluster = Kafka(tmp_path)
    for number in (1, 2):  # the third is down
        (cluster.folder / str(number)).mkdir(parents=True)
        (cluster.folder / str(number) / "pid").write_text("7 4711")
    (cluster.folder / "layout.json").write_text(json.dumps({"nodes": 3, "port": 9092}))
    assert cluster.answers(cluster.node(2)) == answers


@pytest.mark.parametrize("port", ["70000", "80", "many"])
def test_an_impossible_port_is_refused(capsys: pytest.CaptureFixture[str], port: str) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["up", "kafka", "--port", port])
    assert "argument --port" in capsys.readouterr().err


@pytest.mark.parametrize("kept", ["", "{}", "[1"])
def test_a_layout_that_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: str
) -> None:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka/layout.json").write_text(kept)
    assert main(["--run", str(tmp_path), "wipe", "kafka"]) == 1
    assert f"then remove {tmp_path / 'kafka'}\n" in capsys.readouterr().err


def test_a_folder_that_cannot_be_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--run", "/dev/null/engines", "status"]) == 1
    assert "bin/engines: [Errno 20] Not a directory" in capsys.readouterr().err
