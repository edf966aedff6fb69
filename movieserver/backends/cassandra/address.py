"""Where the cluster is, and how to talk to it."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from cassandra import ConsistencyLevel

from movieserver.errors import ConfigurationError
from movieserver.urls import Host, hide_password, hosts, login, parameters, split, trusting

FORM = "cassandra://user:password@host:port,host:port/keyspace?dc=datacenter1"
PORT = 9042
"""The port of a host that names none."""
KEYSPACE = re.compile(r"[a-z][a-z0-9_]{0,47}")
"""Names that Cassandra leaves as they are: it lower-cases a name without quotation marks."""
PARAMETERS = {
    "dc": str,
    "consistency": str,
    "replication": int,
    "in_flight": int,
    "tls_ca": str,
    "password_file": str,
}
"""The parameters of a URL: fields of ``Address``, and two files that are read for it."""
LEVELS = ("ONE", "LOCAL_ONE", "TWO", "QUORUM", "LOCAL_QUORUM", "EACH_QUORUM", "ALL")


@dataclass(frozen=True)
class Address:
    """A URL taken apart."""

    hosts: tuple[Host, ...]
    """The contact points, each with its port; the driver learns of the other nodes from them."""
    keyspace: str
    login: tuple[str, str] | None = field(default=None, repr=False)
    """The user and the password."""
    tls: ssl.SSLContext | None = None
    """Made from ``tls_ca``, the file of the authority that signed the nodes' certificates."""
    dc: str = "datacenter1"
    """The datacentre whose nodes get the requests."""
    consistency: str = "LOCAL_QUORUM"
    """The consistency level: how many replicas must answer a request."""
    replication: int = 1
    """Copies in that datacentre: what ``migrate`` creates, and the fewest that ``open`` accepts."""
    in_flight: int = 256
    """The most requests under way at once; further ones wait."""

    @classmethod
    def of(cls, url: str) -> Self:
        """Read ``url`` and the files that it names.

        Raises ``ConfigurationError``, which says what is wrong and does not show the password.
        """
        try:
            parts = split(url)
            places = hosts(parts.hosts, PORT)
            keyspace = parts.path.removeprefix("/")
            if not KEYSPACE.fullmatch(keyspace):
                raise ValueError("a keyspace is 1 to 48 of a-z, 0-9 and _, beginning with a letter")
            given = _values(parameters(parts.query))
            user = login(parts.credentials, given.pop("password_file", None))
            authority = given.pop("tls_ca", None)
            tls = trusting("tls_ca", authority) if authority else None
            return cls(places, keyspace, user, tls, **given)
        except ValueError as error:
            raise ConfigurationError(
                f"{hide_password(url)!r} is not a Cassandra URL: {error}; expected {FORM}"
            ) from error

    @property
    def label(self) -> str:
        """The cluster and keyspace, as messages name them; never with the password."""
        return f"Cassandra {','.join(map(str, self.hosts))}/{self.keyspace}"

    @property
    def level(self) -> int:
        """The consistency level as the driver numbers it."""
        return int(getattr(ConsistencyLevel, self.consistency))


def _values(given: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in PARAMETERS:
            raise ValueError(f"unknown parameter {name!r}; allowed: {', '.join(PARAMETERS)}")
        if PARAMETERS[name] is int and not (value.isdecimal() and 0 < int(value) < 100_000):
            raise ValueError(f"{name} must be an integer from 1 to 99999")
        found[name] = PARAMETERS[name](value)
    if found.get("consistency", "ONE") not in LEVELS:
        raise ValueError(f"consistency must be one of {', '.join(LEVELS)}")
    return found
