"""The address that a profile listens on."""

import re

from movieserver.places import Found
from movieserver.urls import check_host

ALLOWED = "HOST:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080"
IPV6 = r"\[(?P<ipv6>[^\[\]]*:[^\[\]]*)\]"
ADDRESS = re.compile(rf"(?:{IPV6}|(?P<host>[A-Za-z0-9._-]+)):(?P<port>[0-9]{{1,5}})")
PORT_ALONE = re.compile(r":?([0-9]{1,5})")
LAST_PORT = 65_535


def read_address(found: Found) -> tuple[str, int]:
    """The host and the port in ``HOST:PORT``; raises ``ConfigurationError`` if it is not that."""
    match = ADDRESS.fullmatch(found.value) if isinstance(found.value, str) else None
    if match is None:
        raise found.unexpected(ALLOWED, _meant(found))
    host = match["ipv6"] or match["host"]
    try:
        check_host(host)
    except ValueError as error:
        raise found.unexpected(ALLOWED) from error
    if int(match["port"]) > LAST_PORT:
        raise found.unexpected(f"a port from 0 to {LAST_PORT}")
    return host, int(match["port"])


def _meant(found: Found) -> str:
    """The hint for a port without a host; otherwise an empty text."""
    match = PORT_ALONE.fullmatch(str(found.value))
    if match is None or int(match[1]) > LAST_PORT or found.hidden:
        return ""
    return f"did you mean '127.0.0.1:{int(match[1])}'? "
