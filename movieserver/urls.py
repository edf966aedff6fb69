"""The URLs of stores: how they are taken apart, checked and shown."""

import re
import ssl
from ipaddress import IPv6Address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
PASSWORD = re.compile(r"((?:(?<=//)|^)[^:@/?#]*:)(?!//).*(?=@)", re.DOTALL)
PARTS = re.compile(r"[^:/?#]*://(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
HOST = re.compile(r"(?:\[([^\[\]]*:[^\[\]]*)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?")
HOST_FORM = (
    "a host is a name, an IPv4 address or an IPv6 address in brackets, and a port is 1 to 65535"
)
LARGEST = 4096
"""The most bytes of a file with a password; others may have no end."""
PARAMETER = re.compile(r"([?&][^=&#]*(?:pass|secret|token|key)[^=&#]*=)[^&#]*", re.IGNORECASE)


class Parts(NamedTuple):
    """The parts of a URL that may name several hosts; nothing is unquoted.

    ``urllib`` cannot split such a URL if one of the hosts is an IPv6 address.
    """

    credentials: str
    hosts: str
    path: str
    query: str


class Host(NamedTuple):
    """A host with its port, of a URL or to listen on."""

    name: str
    """A name or an address; an IPv6 address without its brackets."""
    port: int

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{name}:{self.port}"


def split(url: str) -> Parts:
    """The parts of a URL; raises ``ValueError`` if it is not one."""
    match = PARTS.fullmatch(url)
    if match is None:
        raise ValueError("it must have the form scheme://host")
    return Parts(*(part or "" for part in match.groups()))


def parameters(query: str) -> dict[str, str]:
    """The parameters of a query, unquoted.

    Raises ``ValueError`` if one has no value or comes twice, since only one of the two could count.
    """
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in found:
            raise ValueError(f"{name} is given twice")
        if not value:
            raise ValueError(f"{name} has no value")
        found[name] = value
    return found


def hosts(text: str, port: int | None = None) -> tuple[Host, ...]:
    """The hosts in a comma-separated text; ``port`` is for those that name none.

    Raises ``ValueError``, which quotes nothing of the text, since that may be part of a password.
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
        raise ValueError("every host needs a port")
    found = Host(name, int(match[3] or port or 0))
    if not 0 < found.port < 65_536:
        raise ValueError(HOST_FORM)
    return found


def check_host(name: str) -> None:
    """Raise ``ValueError`` unless ``name`` can be a host's name, or an address without brackets."""
    if ":" in name:
        IPv6Address(name)
    else:
        # The resolver encodes a name like this; if it fails to, it raises no OSError.
        name.encode("idna")


def login(credentials: str, password_file: str | None) -> tuple[str, str] | None:
    """The user and the password of a URL's ``user:password`` or ``user``; None if it has no user.

    Raises ``ValueError`` unless a user has exactly one password, here or in ``password_file``.
    """
    user, _, password = map(unquote, credentials.partition(":"))
    if not user:
        if password or password_file:
            raise ValueError("there is a password but no user")
        return None
    if bool(password) == bool(password_file):
        raise ValueError("a user needs either a password or a password_file")
    return user, password_in(password_file) if password_file else password


def password_in(file: str) -> str:
    """The password that a file holds, without a line end after it.

    Raises ``ValueError`` if there is none, or if the file cannot be read.
    """
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"it has more than {LARGEST} bytes")
        password = content.decode().rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise ValueError(f"the password_file cannot be read: {error}") from error
    if not password:
        raise ValueError(f"the password_file is empty: {file!r}")
    return password


def trusting(parameter: str, authority: str | None) -> ssl.SSLContext:
    """TLS that trusts the certificates in the file ``authority``, or the system's if it is None.

    Raises ``ValueError``, which names the ``parameter``, if the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        raise ValueError(f"{parameter}={authority} cannot be read: {error}") from error


def scheme(url: str) -> str | None:
    """The scheme of a URL; None if it has none."""
    match = SCHEME.match(url)
    return match[1] if match else None


def hide_password(url: str) -> str:
    """``url`` as it may be printed: without passwords, whether the user's or in parameters.

    If a password has an unescaped ``@`` or ``/``, too much is hidden rather than too little.
    """
    return PARAMETER.sub(r"\1***", PASSWORD.sub(r"\1***", url))
