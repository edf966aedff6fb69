"""Listening sockets, and addresses that cannot be listened on."""

import pytest

from movieserver.errors import ConfigurationError
from movieserver.process.sockets import reserved


def test_an_ipv6_address_that_cannot_be_had_is_named_in_brackets() -> None:
    with (
        pytest.raises(ConfigurationError, match=r"cannot listen on \[2001:db8::1\]:8080: "),
        reserved("2001:db8::1", 8080),
    ):
        pass
