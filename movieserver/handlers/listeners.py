"""Server-sent events: many connections that get the same messages, each encoded only once.

A listener costs its connection and a few words of memory. No listener waits for another: for a
slow one only the newest message is kept, and it is dropped if it takes nothing for too long.
"""

import asyncio
import socket
from dataclasses import dataclass

from tornado.iostream import IOStream

from movieserver.clock import Clock
from movieserver.futures import retrieve

LEAST_TIMEOUT = 10.0
"""Seconds without an acknowledgement after which the system gives up a listener, at least."""
SEND_BUFFER = 16_384
"""Bytes that the system buffers for a slow listener (Linux doubles the number)."""
SLICE = 100
"""Listeners told in one turn of the loop, which then takes about a millisecond."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """An event, ready to be sent."""

    id: str
    """Tells whether a listener already has the event; contains no line ends."""
    body: bytes

    @classmethod
    def of(cls, name: str, message_id: str, data: bytes) -> "ServerSentEvent":
        """Make the event ``name`` with one line of data."""
        head = f"event: {name}\nid: {message_id}\ndata: ".encode()
        return cls(message_id, head + data + b"\n\n")


def beat(seconds: float) -> bytes:
    """A beat: an event without an id that says after how many seconds the next one comes.

    A comment would keep the connection alive too, but browsers do not show comments to a page, and
    the page has to notice when the beats stop.
    """
    return f"event: beat\ndata: {seconds:g}\n\n".encode()


class Listener:
    """One connection, written to only when it has taken everything written before."""

    __slots__ = ("_clock", "_known", "_next", "_stream", "_unsent_since")

    def __init__(self, stream: IOStream, clock: Clock, known: str | None) -> None:
        """Take a connection before its head is written, and the id of the message it has."""
        self._stream = stream
        self._clock = clock
        self._known = known
        self._next: ServerSentEvent | None = None
        self._unsent_since: float | None = None

    def tell(self, message: ServerSentEvent) -> None:
        """Send ``message`` as soon as earlier data is through, unless the client has it."""
        if self._unsent_since is not None:
            self._next = message
        elif self._known != message.id:
            self._known = message.id
            self.write(message.body)

    def beat(self, heartbeat: bytes, patience: float) -> None:
        """Send ``heartbeat`` if nothing is unsent; close if data is unsent for ``patience`` s."""
        if self._unsent_since is None:
            self.write(heartbeat)
        elif self._clock.monotonic() - self._unsent_since >= patience:
            self.close()

    def write(self, data: bytes) -> None:
        """Send ``data``; must only be called while nothing is unsent."""
        if self._stream.closed():
            return
        written = self._stream.write(data)
        if not written.done():
            self._unsent_since = self._clock.monotonic()
            written.add_done_callback(self._sent)

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    def _sent(self, written: "asyncio.Future[None]") -> None:
        if written.exception() is not None:
            return
        self._unsent_since = None
        message, self._next = self._next, None
        if message is not None:
            self.tell(message)


class Listeners:
    """All listeners to one sequence of messages."""

    def __init__(self, clock: Clock, heartbeat: float, patience: float) -> None:
        """Beat every ``heartbeat`` s; drop a listener that takes nothing for ``patience`` s."""
        self._clock = clock
        self._heartbeat = heartbeat
        self._patience = patience
        self._listeners: dict[IOStream, Listener] = {}
        self._message: ServerSentEvent | None = None
        self._spreading: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self.closed = False

    def __len__(self) -> int:
        return len(self._listeners)

    def join(self, stream: IOStream, head: bytes, known: str | None) -> None:
        """Send ``head``, the current message unless it is ``known``, then every later one."""
        if stream.socket is not None:
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            if stream.socket.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
                # What is in the system's buffer counts as written, so the system has to watch it.
                # It resets the connection, so it comes after a listener is dropped here.
                seconds = max(2 * (self._patience + self._heartbeat), LEAST_TIMEOUT)
                timeout = int(seconds * 1000)
                stream.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout)
        listener = Listener(stream, self._clock, known)
        listener.write(head)
        if stream.closed():
            return  # the client has already left
        self._listeners[stream] = listener
        # A listener has nothing to send: whatever arrives from it ends the connection.
        gone = asyncio.ensure_future(stream.read_bytes(1))
        gone.add_done_callback(lambda _: self._leave(stream, gone))
        if self._message is not None:
            listener.tell(self._message)
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat())

    def announce(self, message: ServerSentEvent) -> None:
        """Tell every listener, a few at a time; a message that comes meanwhile replaces this."""
        self._message = message
        if self._listeners and self._spreading is None:
            self._spreading = asyncio.create_task(self._spread())

    def close(self) -> None:
        """End all connections; ``join`` must not be called afterwards."""
        self.closed = True
        for task in (self._spreading, self._beating):
            if task is not None:
                task.cancel()
        for stream in tuple(self._listeners):
            stream.close()

    async def _spread(self) -> None:
        told = None
        while self._message is not None and told is not self._message:
            told = self._message
            for number, listener in enumerate(tuple(self._listeners.values()), 1):
                # A listener late in the row gets the message that is newest by then.
                listener.tell(self._message)
                if number % SLICE == 0:
                    await asyncio.sleep(0)
        self._spreading = None

    async def _beat(self) -> None:
        heartbeat = beat(self._heartbeat)
        while self._listeners:
            await self._clock.sleep(self._heartbeat)
            for number, listener in enumerate(tuple(self._listeners.values()), 1):
                listener.beat(heartbeat, self._patience)
                if number % SLICE == 0:
                    await asyncio.sleep(0)
        self._beating = None

    def _leave(self, stream: IOStream, gone: "asyncio.Future[bytes]") -> None:
        retrieve(gone)
        self._listeners.pop(stream, None)
        stream.close()
