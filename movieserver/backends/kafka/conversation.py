"""A few requests of Kafka's protocol, made over a socket within a time limit."""

import socket
import struct
from time import monotonic
from typing import Any

METADATA, HANDSHAKE, VERSIONS, AUTHENTICATE = 3, 17, 18, 36
"""The API keys of the requests."""
NUMBER = 1_836_017_011
"""The correlation id of every request; its response begins with it, as no other server's does."""
LARGEST = 2**20
"""The most bytes in a response; a longer one is of another protocol, or too long to be read."""


class NoKafka(Exception):
    """The answer is not one that a Kafka broker gives."""


class Response:
    """A response, read from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, form: str) -> tuple[Any, ...]:
        """The next values, with ``form`` as their ``struct`` format."""
        return struct.unpack(f">{form}", self.some(struct.calcsize(f">{form}")))

    def some(self, size: int) -> bytes:
        """The next ``size`` bytes; raises ``NoKafka`` if there are fewer."""
        begin, self._place = self._place, self._place + size
        if size < 0 or self._place > len(self._data):
            raise NoKafka("a response that is cut short")
        return self._data[begin : self._place]

    def text(self) -> str:
        """The next string; empty if it is null."""
        (size,) = self.take("h")
        return self.some(max(0, size)).decode(errors="replace")


class Conversation:
    """Requests over one connection, until a deadline on the monotonic clock."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def ask(self, key: int, version: int, body: bytes = b"") -> Response:
        """The response to a request. Raises ``NoKafka`` or ``OSError``."""
        request = struct.pack(">hhih", key, version, NUMBER, -1) + body
        self._connection.settimeout(left(self._deadline))
        self._connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", self._receive(4))
        if not 4 <= size <= LARGEST:
            raise NoKafka("a response of an impossible size")
        response = Response(self._receive(size))
        if response.take("i") != (NUMBER,):
            raise NoKafka("a response to something else")
        return response

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            self._connection.settimeout(left(self._deadline))
            part = self._connection.recv(size - len(received))
            if not part:
                raise ConnectionError("it closed the connection")
            received += part
        return received


def left(deadline: float) -> float:
    """Seconds until ``deadline`` on the monotonic clock. Raises ``TimeoutError`` after it."""
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds
