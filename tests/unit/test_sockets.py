"""Listening sockets, and addresses that cannot be listened on."""

import errno
import os
import socket
from typing import Any

import pytest

from movieserver.errors import AddressUnavailable
from movieserver.process.sockets import is_shared, listening, reserved


def test_an_ipv6_address_that_cannot_be_had_is_named_in_brackets() -> None:
    with (
        pytest.raises(AddressUnavailable, match=r"cannot listen on \[2001:db8::1\]:8080: "),
        reserved("2001:db8::1", 8080),
    ):
        pass


class OnlyIPv4(socket.socket):
    """The sockets of a system without IPv6."""

    def __init__(self, family: int = -1, *rest: Any, **more: Any) -> None:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        super().__init__(family, *rest, **more)


def test_without_ipv6_an_address_of_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", OnlyIPv4)
    assert not is_shared("::1", 8080)
    says = r"cannot listen on \[::1\]:8080: Address family not supported"
    with pytest.raises(AddressUnavailable, match=says), reserved("::1", 8080):
        pass
    with pytest.raises(AddressUnavailable, match=says):
        listening("::1", 8080)
