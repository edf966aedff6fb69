"""Listening sockets that several processes can share."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tornado.netutil import bind_sockets

from movieserver.errors import AddressUnavailable
from movieserver.urls import Host

BACKLOG = 1024
"""The maximum number of connections that wait to be accepted."""


def listening(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of ``host``; other processes may listen too.

    Raises ``AddressUnavailable`` if that is not possible.
    """
    try:
        bound = bind_sockets(port, host, backlog=BACKLOG, reuse_port=True)
        if not bound:  # Tornado passes over what the system does not have, such as IPv6
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
    except OSError as error:
        raise _impossible(host, port, error) from error
    return bound


def is_shared(host: str, port: int) -> bool:
    """Whether another process already listens there and would share its connections."""
    return _is_taken(host, port, socket.SO_REUSEADDR) and not _is_taken(
        host, port, socket.SO_REUSEPORT
    )


@contextmanager
def reserved(host: str, port: int) -> Iterator[int]:
    """Reserve a port (choosing one if 0) without listening, so that all processes can bind it."""
    try:
        holder = _bound(host, port, socket.SO_REUSEADDR, socket.SO_REUSEPORT)
    except OSError as error:
        raise _impossible(host, port, error) from error
    with holder:
        yield holder.getsockname()[1]


def url(bound: socket.socket) -> str:
    """The URL of a listening socket."""
    return f"http://{Host(*bound.getsockname()[:2])}"


def _is_taken(host: str, port: int, option: int) -> bool:
    try:
        _bound(host, port, option).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def _bound(host: str, port: int, *options: int) -> socket.socket:
    """A socket that has the address and these options, and does not listen."""
    holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        for option in options:
            holder.setsockopt(socket.SOL_SOCKET, option, 1)
        holder.bind((host, port))
    except OSError:
        holder.close()
        raise
    return holder


def _impossible(host: str, port: int, error: OSError) -> AddressUnavailable:
    return AddressUnavailable(
        f"listen: cannot listen on {Host(host, port)}: {error.strerror or error}; choose another "
        "address with --listen HOST:PORT"
    )
