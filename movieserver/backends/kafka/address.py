"""Where the brokers are, and how they are to be spoken to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from movieserver.errors import ConfigurationError
from movieserver.urls import hide_password

FORM = "kafka://host:port,host:port?security_protocol=SASL_SSL&sasl_mechanism=SCRAM-SHA-512"
CHOICES = {
    "security_protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "sasl_mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "ssl_cafile": None,
    "ssl_certfile": None,
    "ssl_keyfile": None,
}
"""The parameters of a URL, named as kafka-python names them, with the values they may have."""


@dataclass(frozen=True)
class Address:
    """A URL that was read."""

    brokers: tuple[str, ...]
    security: Mapping[str, Any] = field(repr=False)
    """What kafka-python's clients are told of TLS and SASL."""

    @classmethod
    def of(cls, url: str) -> Self:
        """Read ``url``; raises ``ConfigurationError`` without the password."""
        parts = urlsplit(url)
        credentials, _, places = parts.netloc.rpartition("@")
        if parts.path.strip("/") or not all(_is_place(place) for place in places.split(",")):
            raise _unreadable(url, "it names hosts, each with its port, and no path")
        security: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        for name, value in security.items():
            if name not in CHOICES:
                raise _unreadable(url, f"no parameter {name!r}; there are {', '.join(CHOICES)}")
            if (allowed := CHOICES[name]) and value not in allowed:
                raise _unreadable(url, f"{name} is one of {', '.join(allowed)}")
        if credentials:
            user, _, password = credentials.partition(":")
            security["sasl_plain_username"] = unquote(user)
            security["sasl_plain_password"] = unquote(password)
        return cls(tuple(places.split(",")), security)

    @property
    def place(self) -> str:
        """The brokers, as messages name them; never with the password."""
        return f"Kafka {','.join(self.brokers)}"

    def client(self, timeout: float) -> dict[str, Any]:
        """What every client of kafka-python is told; ``timeout`` in seconds bounds its requests."""
        return {
            "bootstrap_servers": list(self.brokers),
            "bootstrap_timeout_ms": int(timeout * 1000),
            "client_id": "movieserver",
            **self.security,
        }


def _is_place(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdigit()


def _unreadable(url: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{hide_password(url)!r} is no URL of Kafka brokers: {reason}; expected {FORM}"
    )
