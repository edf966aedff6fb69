"""Listening sockets that several processes can share."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tornado.netutil import bind_sockets

from movieserver.errors import ConfigurationError
from movieserver.urls import Host

BACKLOG = 1024
"""The maximum number of connections that wait to be accepted."""


def listening(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of ``host``; other processes may listen too.

    Raises ``ConfigurationError`` if that is not possible.
    """
    try:
        return bind_sockets(port, host, backlog=BACKLOG, reuse_port=True)
    except OSError as error:
        raise _impossible(host, port, error) from error


def is_shared(host: str, port: int) -> bool:
    """Whether another process already listens there and would share its connections."""
    return _is_taken(host, port, socket.SO_REUSEADDR) and not _is_taken(
        host, port, socket.SO_REUSEPORT
    )


@contextmanager
def reserved(host: str, port: int) -> Iterator[int]:
    """Reserve a port (choosing one if 0) without listening, so that all processes can bind it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            holder.bind((host, port))
        except OSError as error:
            raise _impossible(host, port, error) from error
        yield holder.getsockname()[1]


def url(bound: socket.socket) -> str:
    """The URL of a listening socket."""
    return f"http://{Host(*bound.getsockname()[:2])}"


def _is_taken(host: str, port: int, option: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def _impossible(host: str, port: int, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"listen: cannot listen on {Host(host, port)}: {error.strerror or error}; choose another "
        "address with --listen HOST:PORT"
    )
