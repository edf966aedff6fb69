"""Where the brokers are, and how they are to be spoken to."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from movieserver.errors import ConfigurationError, StoreRefused
from movieserver.urls import hide_password

FORM = "kafka://host:port,host:port?security_protocol=SASL_SSL&sasl_mechanism=SCRAM-SHA-512"
CHOICES = {
    "security_protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "sasl_mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "sasl_password_file": None,
    "ssl_cafile": None,
    "ssl_certfile": None,
    "ssl_keyfile": None,
}
"""The parameters of a URL, named as kafka-python names them, with the values they may have."""


@dataclass(frozen=True)
class Address:
    """A URL that was read."""

    brokers: tuple[str, ...]
    protocol: str
    user: str
    password: str = field(repr=False)
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, url: str) -> Self:
        """Read ``url``; raises ``ConfigurationError`` without the password."""
        parts = urlsplit(url)
        credentials, _, places = parts.netloc.rpartition("@")
        if parts.path.strip("/") or not all(_is_place(place) for place in places.split(",")):
            raise _unreadable(url, "it names hosts, each with its port, and no path")
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        for name, value in parameters.items():
            if name not in CHOICES:
                raise _unreadable(url, f"no parameter {name!r}; there are {', '.join(CHOICES)}")
            if (allowed := CHOICES[name]) and value not in allowed:
                raise _unreadable(url, f"{name} is one of {', '.join(allowed)}")
        protocol = parameters.get("security_protocol", "SASL_SSL" if credentials else "PLAINTEXT")
        if protocol.startswith("SASL") != bool(credentials):
            raise _unreadable(url, f"a user belongs to SASL, and the protocol is {protocol}")
        user, _, password = credentials.partition(":")
        address = cls(tuple(places.split(",")), protocol, unquote(user), "", parameters)
        if bool(password) == ("sasl_password_file" in parameters) and credentials:
            raise _unreadable(url, "a user has a password or a sasl_password_file")
        object.__setattr__(address, "password", unquote(password))
        return address

    @property
    def place(self) -> str:
        """The brokers, as messages name them; never with the password."""
        return f"Kafka {','.join(self.brokers)}"
