"""A few requests of Kafka's protocol, asked over a socket within a time limit."""

import socket
import struct
from time import monotonic
from typing import Any

METADATA, HANDSHAKE, VERSIONS, AUTHENTICATE = 3, 17, 18, 36
"""Requests by their API keys."""
NUMBER = 1_836_017_011
"""The number of every request here, with which its response begins: no other server says it."""
LARGEST = 2**20
"""Bytes of the largest response: who announces more speaks something else, or has much to tell."""


class NoKafka(Exception):
    """What was answered is nothing that a Kafka broker says."""


class Response:
    """What was answered, taken apart from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, form: str) -> tuple[Any, ...]:
        """The next values of ``form``, as ``struct`` has it."""
        return struct.unpack(f">{form}", self.some(struct.calcsize(f">{form}")))

    def some(self, size: int) -> bytes:
        """The next bytes."""
        begin, self._place = self._place, self._place + size
        if size < 0 or self._place > len(self._data):
            raise NoKafka("a response that is cut short")
        return self._data[begin : self._place]

    def text(self) -> str:
        """The next text; an empty one where there is none."""
        (size,) = self.take("h")
        return self.some(max(0, size)).decode(errors="replace")


class Conversation:
    """Requests over one connection, until a moment of the monotonic clock."""

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
            raise NoKafka("a response of no size")
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
                raise ConnectionError("it closes the connection")
            received += part
        return received


def left(deadline: float) -> float:
    """Seconds until a moment of the monotonic clock. Raises ``TimeoutError``."""
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds
