"""A listening socket of a process that may open no more files."""

import errno
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from movieserver.process.acceptor import SILENCE, Acceptor
from movieserver.testing import ManualClock

OPEN_FILES = Path("/proc/self/fd")
NOBODY = BlockingIOError(errno.EAGAIN, "nobody waits")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def acceptor(clock: ManualClock) -> Iterator[Acceptor]:
    bound = socket.create_server(("127.0.0.1", 0))
    with closing(Acceptor(bound, clock, lambda: b"no room")) as acceptor:
        yield acceptor


@pytest.mark.timeout(20)
def test_it_waits_for_nobody(acceptor: Acceptor) -> None:
    with pytest.raises(BlockingIOError):
        acceptor.accept()
    with socket.create_connection(acceptor.getsockname()) as client:
        connection, address = acceptor.accept()
        connection.close()
        assert address == client.getsockname()


def test_nobody_can_connect_once_it_is_closed(clock: ManualClock) -> None:
    before = len(list(OPEN_FILES.iterdir()))
    acceptor = Acceptor(socket.create_server(("127.0.0.1", 0)), clock, lambda: b"")
    address = acceptor.getsockname()
    acceptor.close()
    acceptor.close()
    assert len(list(OPEN_FILES.iterdir())) == before
    with pytest.raises(ConnectionRefusedError), socket.create_connection(address):
        pass


@pytest.mark.timeout(20)
def test_who_is_turned_away_is_told_and_the_log_now_and_then(
    acceptor: Acceptor,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def accept(_self: socket.socket) -> tuple[socket.socket, Any]:
        outcome = outcomes.pop(0)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome, None

    monkeypatch.setattr(socket.socket, "accept", accept)
    for pause, told in ((0.0, 1), (SILENCE / 2, 1), (SILENCE / 2, 2)):
        clock.advance(pause)
        ours, theirs = socket.socketpair()
        with theirs:
            # There is a file only in the place of the spare one; then nobody else waits.
            outcomes: list[OSError | socket.socket] = [OSError(errno.EMFILE, ""), ours, NOBODY]
            with pytest.raises(BlockingIOError):
                acceptor.accept()
            assert theirs.recv(100) == b"no room"
            assert theirs.recv(100) == b""
        assert caplog.text.count("connections are refused") == told
