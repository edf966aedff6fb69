"""What asks a running server for its state, against servers that are none of ours."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from movieserver.status.server import Unreachable, ask


@pytest.fixture
def endless() -> Iterator[str]:
    """The URL of a server whose answer never ends: a byte now and then."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while not over.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join()


def test_the_time_limit_is_that_of_the_whole_answer(endless: str) -> None:
    with pytest.raises(Unreachable, match=rf"^{endless}/health/ready cannot be reached: Timeout"):
        ask(endless, None, 0.5)
