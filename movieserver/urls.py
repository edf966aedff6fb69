"""The URLs of stores: what they begin with, how they are taken apart, and how they are shown."""

import re
from ipaddress import IPv6Address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
PASSWORD = re.compile(r"((?:(?<=//)|^)[^:@/?#]*:)(?!//).*(?=@)", re.DOTALL)
PARTS = re.compile(r"[^:/?#]*://(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
HOST = re.compile(r"(?:\[([^\[\]]*:[^\[\]]*)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?")
HOST_FORM = "a host is a name, an IPv4 address or an IPv6 address in brackets, a port 1 to 65535"
PARAMETER = re.compile(r"([?&][^=&#]*(?:pass|secret|token|key)[^=&#]*=)[^&#]*", re.IGNORECASE)


class Parts(NamedTuple):
    """A URL of several hosts, which ``urllib`` does not take apart where one has an IPv6 address.

    Nothing in it is unquoted.
    """

    credentials: str
    hosts: str
    path: str
    query: str


class Host(NamedTuple):
    """A host of a URL."""

    name: str
    """A name or an address, one of IPv6 without its brackets."""
    port: int

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{name}:{self.port}"


def split(url: str) -> Parts:
    """The parts of a URL; raises ``ValueError`` where it is none."""
    match = PARTS.fullmatch(url)
    if match is None:
        raise ValueError("it has the form scheme://host")
    return Parts(*(part or "" for part in match.groups()))


def parameters(query: str) -> dict[str, str]:
    """The parameters of a query, unquoted.

    Raises ``ValueError`` where one comes twice or has no value: one of two would be of no effect.
    """
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in found:
            raise ValueError(f"{name} comes twice")
        if not value:
            raise ValueError(f"{name} has no value")
        found[name] = value
    return found


def hosts(text: str, port: int | None = None) -> tuple[Host, ...]:
    """Hosts with commas between them; ``port`` is that of those that name none.

    Raises ``ValueError`` that repeats nothing, which may be a part of a password.
    """
    return tuple(_host(each, port) for each in text.split(","))


def _host(text: str, port: int | None) -> Host:
    match = HOST.fullmatch(text)
    if match is None:
        raise ValueError(HOST_FORM)
    name = match[1] or match[2]
    try:
        check_host(name)
    except ValueError as error:
        raise ValueError(HOST_FORM) from error
    if not match[3] and port is None:
        raise ValueError("every host has a port")
    found = Host(name, int(match[3] or port or 0))
    if not 0 < found.port < 65_536:
        raise ValueError(HOST_FORM)
    return found


def check_host(name: str) -> None:
    """Raise ``ValueError`` unless ``name`` can be a host's name, or an address without brackets."""
    if ":" in name:
        IPv6Address(name)
    else:
        # The resolver encodes a name like this, and where it cannot, fails with no OSError.
        name.encode("idna")


def password_in(file: str) -> str:
    """The password that a file holds; its line's end does not count.

    Raises ``OSError``, and ``ValueError`` where it is no UTF-8.
    """
    return Path(file).read_text("utf-8").rstrip("\r\n")


def scheme(url: str) -> str | None:
    """What a URL begins with, None where that is no scheme."""
    match = SCHEME.match(url)
    return match[1] if match else None


def hide_password(url: str) -> str:
    """``url`` as it may be printed: without the password of its user or its parameters.

    Where a password holds an unescaped ``@`` or ``/``, more is hidden rather than less.
    """
    return PARAMETER.sub(r"\1***", PASSWORD.sub(r"\1***", url))
