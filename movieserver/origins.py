"""Origins of pages, as browsers send them (RFC 6454, 6.2)."""

import re

from movieserver.urls import hosts

ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#@,A-Z]+)")
FORM = "scheme://host or scheme://host:port in lower case, without a path"
OWN_PORTS = {"http": 80, "https": 443}
"""Default ports, which browsers leave out."""


def check_origin(text: str) -> None:
    """Raise ``ValueError``, which says what is wrong, unless ``text`` is an origin."""
    match = ORIGIN.fullmatch(text)
    if match is None:
        raise ValueError(f"allowed: {FORM}")
    scheme, place = match.groups()
    try:
        hosts(place, port=1)
    except ValueError as error:
        raise ValueError(f"allowed: {FORM}; {error}") from error
    bare, _, port = text.rpartition(":")
    if port.isdecimal() and int(port) == OWN_PORTS.get(scheme):
        raise ValueError(f"browsers leave out a scheme's default port: {bare!r}")
