"""The progress bar on a terminal, and nothing where nobody looks."""

import io
import os
import sys

import pytest

from movieserver.commands.progress import WIDTH, Progress


def test_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    control, terminal = os.openpty()
    with os.fdopen(terminal, "w", encoding="utf-8") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with Progress(100) as progress:
            progress.update(50)
            # A file that has grown is not more than read.
            progress.update(250)
        shown = b""
        while not shown.endswith(b"\x1b[K"):  # a terminal hands on what it has, which may be a part
            shown += os.read(control, 4096)
    os.close(control)
    half = WIDTH // 2
    bars = ["·" * WIDTH + "   0%", "█" * half + "·" * half + "  50%", "█" * WIDTH + " 100%"]
    assert shown.decode() == "\r" + "\r".join(bars) + "\r\x1b[K"


def test_a_file_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    with Progress(100) as progress:
        progress.update(50)
    assert stderr.getvalue() == ""
