"""Where the cluster is, and how it is to be spoken to."""

import ssl
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from cassandra import ConsistencyLevel

from movieserver.errors import ConfigurationError
from movieserver.urls import hide_password

FORM = "cassandra://user:password@host:port,host:port/keyspace?dc=datacenter1"
LEVELS = ("ONE", "LOCAL_ONE", "TWO", "QUORUM", "LOCAL_QUORUM", "EACH_QUORUM", "ALL")


@dataclass(frozen=True)
class Address:
    """A URL that was read; what stands after the question mark is named as the fields here."""

    hosts: tuple[str, ...]
    port: int
    keyspace: str
    user: str | None
    password: str | None = field(repr=False)
    dc: str = "datacenter1"
    """The datacentre whose nodes are asked."""
    consistency: str = "LOCAL_QUORUM"
    """How many replicas have to have answered."""
    replication: int = 1
    """Copies in that datacentre: what ``migrate`` makes, and what there have to be at least."""
    in_flight: int = 256
    """Requests under way at once; others wait for their turn."""
    tls_ca: str | None = None
    """File of the authority that signed the nodes' certificates; makes the connections TLS."""
    password_file: str | None = field(default=None, repr=False)
    """File with the password, instead of the one in the URL; its line's end does not count."""

    @classmethod
    def of(cls, url: str) -> Self:
        """Read ``url``; raises ``ConfigurationError`` without the password."""
        parts = urlsplit(url)
        credentials, _, places = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        hosts, ports = zip(*(_place(place, url) for place in places.split(",")), strict=True)
        keyspace = parts.path.removeprefix("/")
        if not keyspace.isidentifier() or len(keyspace) > 48:
            raise _unreadable(url, "the keyspace is 1 to 48 letters, digits and underscores")
        if len(set(ports)) != 1:
            raise _unreadable(url, "all hosts have to listen on one port")
        parameters = _parameters(url, parts.query)
        password = unquote(password)
        if file := parameters.get("password_file"):
            password = _password(file, url, password)
        if bool(user) != bool(password):
            raise _unreadable(url, "a user has a password or a password_file, nobody else has")
        return cls(hosts, ports[0], keyspace, unquote(user) or None, password or None, **parameters)

    @property
    def place(self) -> str:
        """The cluster and the keyspace, as messages name them; never with the password."""
        return f"Cassandra {','.join(self.hosts)}:{self.port}/{self.keyspace}"

    @property
    def level(self) -> int:
        """The consistency level as the driver numbers it."""
        return int(getattr(ConsistencyLevel, self.consistency))

    def tls(self) -> ssl.SSLContext | None:
        """The context of TLS connections, None where there are to be none."""
        if self.tls_ca is None:
            return None
        try:
            return ssl.create_default_context(cafile=self.tls_ca)
        except OSError as error:
            message = f"{self.place}: tls_ca={self.tls_ca} cannot be read: {error}"
            raise ConfigurationError(message) from error


def _place(text: str, url: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    if not host or not (port or "9042").isdigit():
        raise _unreadable(url, "a host is a name or an address, a port a number")
    return host, int(port or 9042)


def _password(file: str, url: str, other: str) -> str:
    if other:
        raise _unreadable(url, "there is either a password or a password_file")
    try:
        return Path(file).read_text("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise _unreadable(url, f"password_file: {error}") from error


def _parameters(url: str, query: str) -> dict[str, Any]:
    allowed = {each.name: each.type for each in fields(Address)[5:]}
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in allowed:
            raise _unreadable(url, f"no parameter {name!r}; there are {', '.join(allowed)}")
        if allowed[name] is int and not (value.isdigit() and 0 < int(value) < 100_000):
            raise _unreadable(url, f"{name} is a number above 0")
        found[name] = int(value) if allowed[name] is int else value
    if found.get("consistency", "ONE") not in LEVELS:
        raise _unreadable(url, f"consistency is one of {', '.join(LEVELS)}")
    return found


def _unreadable(url: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{hide_password(url)!r} is no URL of a Cassandra cluster: {reason}; expected {FORM}"
    )
