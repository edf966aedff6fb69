"""Where the cluster is, and how to talk to it."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self
from urllib.parse import unquote

from cassandra import ConsistencyLevel

from movieserver.errors import ConfigurationError
from movieserver.urls import Host, hide_password, hosts, parameters, password_in, split

FORM = "cassandra://user:password@host:port,host:port/keyspace?dc=datacenter1"
PORT = 9042
"""The port of a host that names none."""
KEYSPACE = re.compile(r"[a-z][a-z0-9_]{0,47}")
"""Names that Cassandra leaves as they are: it lower-cases a name without quotation marks."""
LEVELS = ("ONE", "LOCAL_ONE", "TWO", "QUORUM", "LOCAL_QUORUM", "EACH_QUORUM", "ALL")


@dataclass(frozen=True)
class Address:
    """A URL taken apart; its query parameters have the names of the fields from ``dc`` on."""

    hosts: tuple[Host, ...]
    """The contact points, each with its port; the driver learns of the other nodes from them."""
    keyspace: str
    user: str | None
    password: str | None = field(repr=False)
    dc: str = "datacenter1"
    """The datacentre whose nodes get the requests."""
    consistency: str = "LOCAL_QUORUM"
    """The consistency level: how many replicas must answer a request."""
    replication: int = 1
    """Copies in that datacentre: what ``migrate`` creates, and the fewest that ``open`` accepts."""
    in_flight: int = 256
    """The most requests under way at once; further ones wait."""
    tls_ca: str | None = None
    """File of the authority that signed the nodes' certificates; makes the connections TLS."""
    password_file: str | None = field(default=None, repr=False)
    """File with the password, instead of one in the URL; a line break at its end is ignored."""

    @classmethod
    def of(cls, url: str) -> Self:
        """Read ``url``; raises ``ConfigurationError``, which does not show the password."""
        try:
            parts = split(url)
            places = hosts(parts.hosts, PORT)
            keyspace = parts.path.removeprefix("/")
            if not KEYSPACE.fullmatch(keyspace):
                raise ValueError(
                    "the keyspace is 1 to 48 of a-z, 0-9 and underscores, and begins with a letter"
                )
            given = _values(parameters(parts.query))
            user, password = _login(parts.credentials, given.get("password_file"))
            return cls(places, keyspace, user, password, **given)
        except (ValueError, OSError) as error:
            raise ConfigurationError(
                f"{hide_password(url)!r} is no URL of a Cassandra cluster: {error}; expected {FORM}"
            ) from error

    @property
    def label(self) -> str:
        """The cluster and keyspace, as messages name them; never with the password."""
        return f"Cassandra {','.join(map(str, self.hosts))}/{self.keyspace}"

    @property
    def level(self) -> int:
        """The consistency level as the driver numbers it."""
        return int(getattr(ConsistencyLevel, self.consistency))

    def tls(self) -> ssl.SSLContext | None:
        """The context for TLS connections; None without ``tls_ca``."""
        if self.tls_ca is None:
            return None
        try:
            return ssl.create_default_context(cafile=self.tls_ca)
        except OSError as error:
            message = f"{self.label}: tls_ca={self.tls_ca} cannot be read: {error}"
            raise ConfigurationError(message) from error


def _login(credentials: str, file: str | None) -> tuple[str | None, str | None]:
    """The user and the password, both None if the URL names no user."""
    user, _, password = map(unquote, credentials.partition(":"))
    if file and password:
        raise ValueError("there is either a password or a password_file")
    if file:
        try:
            password = password_in(file)
        except (OSError, ValueError) as error:
            raise ValueError(f"the password_file cannot be read: {error}") from error
    if bool(user) != bool(password):
        raise ValueError("a user has a password or a password_file, nobody else has")
    return user or None, password or None


def _values(given: Mapping[str, str]) -> dict[str, Any]:
    allowed = {each.name: each.type for each in fields(Address)[4:]}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in allowed:
            raise ValueError(f"no parameter {name!r}; there are {', '.join(allowed)}")
        if allowed[name] is int and not (value.isdigit() and 0 < int(value) < 100_000):
            raise ValueError(f"{name} is a number above 0")
        found[name] = int(value) if allowed[name] is int else value
    if found.get("consistency", "ONE") not in LEVELS:
        raise ValueError(f"consistency is one of {', '.join(LEVELS)}")
    return found
