"""Where the brokers are, and how to talk to them."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Self

from movieserver.errors import ConfigurationError
from movieserver.urls import hide_password, hosts, login, parameters, split, trusting

FORM = "kafka://user:password@host:port,host:port?security_protocol=SASL_SSL&ssl_cafile=ca.pem"
CHOICES = {
    "security_protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "sasl_mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    "password_file": None,
    "ssl_cafile": None,
    "ssl_certfile": None,
    "ssl_keyfile": None,
}
"""The parameters of a URL, most under kafka-python's names, and the values they may have."""
MECHANISM = "SCRAM-SHA-512"
RECONNECT = 2000
"""The most milliseconds between attempts to connect: clients return soon after an outage."""


@dataclass(frozen=True)
class Login:
    """Who logs in, and how."""

    mechanism: str
    user: str
    password: str = field(repr=False)

    @property
    def settings(self) -> dict[str, str]:
        """The login under kafka-python's names."""
        return {
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }


@dataclass(frozen=True)
class Address:
    """A URL taken apart."""

    brokers: tuple[str, ...]
    protocol: str
    tls: ssl.SSLContext | None
    login: Login | None

    @classmethod
    def of(cls, url: str) -> Self:
        """Read ``url`` and the files that it names.

        Raises ``ConfigurationError``, which says what is wrong and does not show the password.
        """
        try:
            parts = split(url)
            brokers = tuple(map(str, hosts(parts.hosts)))
            if parts.path.strip("/"):
                raise ValueError("it must not have a path")
            given = parameters(parts.query)
            _check_values(given)
            user = login(parts.credentials, given.get("password_file"))
            protocol = given.get("security_protocol", "SASL_SSL" if user else "PLAINTEXT")
            if protocol.startswith("SASL") != bool(user):
                wrong = "takes no user" if user else "needs a user"
                raise ValueError(f"security_protocol={protocol} {wrong}")
            _check_use(protocol, given)
            mechanism = given.get("sasl_mechanism", MECHANISM)
            return cls(
                brokers, protocol, _tls(protocol, given), Login(mechanism, *user) if user else None
            )
        except ValueError as error:
            raise ConfigurationError(
                f"{hide_password(url)!r} is not a Kafka URL: {error}; expected {FORM}"
            ) from error

    @property
    def label(self) -> str:
        """The brokers, as messages name them; never with the password."""
        return f"Kafka {','.join(self.brokers)}"

    def client(self, timeout: float) -> dict[str, Any]:
        """The settings of every client; it looks for brokers for at most ``timeout`` seconds."""
        return {
            "bootstrap_servers": list(self.brokers),
            "bootstrap_timeout_ms": int(timeout * 1000),
            "client_id": "movieserver",
            "reconnect_backoff_max_ms": RECONNECT,
            "security_protocol": self.protocol,
            "ssl_context": self.tls,
            **(self.login.settings if self.login else {}),
        }


def _check_values(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if name not in CHOICES:
            raise ValueError(f"unknown parameter {name!r}; allowed: {', '.join(CHOICES)}")
        if (allowed := CHOICES[name]) and value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}")


def _check_use(protocol: str, given: Mapping[str, str]) -> None:
    """Refuse parameters without effect, lest a plain connection be taken for a secure one."""
    has_user = protocol.startswith("SASL")
    for name in given:
        if name.startswith("ssl_") and not protocol.endswith("SSL"):
            needed = "SASL_SSL" if has_user else "SSL"
            raise ValueError(f"{name} has no effect with {protocol}; it needs {needed}")
        if name.startswith("sasl_") and not has_user:
            raise ValueError(f"{name} has no effect without a user")
    if "ssl_keyfile" in given and "ssl_certfile" not in given:
        raise ValueError("ssl_keyfile has no effect without ssl_certfile")


def _tls(protocol: str, given: Mapping[str, str]) -> ssl.SSLContext | None:
    if not protocol.endswith("SSL"):
        return None
    context = trusting("ssl_cafile", given.get("ssl_cafile"))
    if certificate := given.get("ssl_certfile"):
        try:
            context.load_cert_chain(certificate, given.get("ssl_keyfile"), _no_passphrase)
        except OSError as error:
            raise ValueError(
                f"ssl_certfile={certificate} or its key cannot be read: {error}"
            ) from error
    return context


def _no_passphrase() -> NoReturn:
    """Refuse a key with a passphrase: OpenSSL would wait until somebody types it at a terminal."""
    raise ValueError(
        "the key of ssl_certfile has a passphrase; take it off: openssl pkey -in KEY -out NEW_KEY"
    )
