"""Checks of a request's headers, before anything else looks at it."""

import re

from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from movieserver.handlers.problems import Problem

BODY_LIMIT = 4096
"""The maximum size of a body, in bytes."""
CLOSE = {"Connection": "close"}
CONTINUE = "100-continue"
BODILESS = ("GET", "HEAD")
"""Methods whose Expect header is ignored, because they have no body to hold back."""
ABSOLUTE = re.compile(r"https?://(?P<host>[^/?#]+)(?P<path>.*)", re.IGNORECASE)


def origin_form(line: RequestStartLine, headers: HTTPHeaders) -> RequestStartLine:
    """The line with only the path if its target is a whole URL (RFC 9112, 3.2.2).

    The URL's host then replaces that of the Host header, if there is exactly one.
    """
    url = ABSOLUTE.fullmatch(line.path)
    if url is None:
        return line
    if "," not in headers.get("Host", ","):
        headers["Host"] = url["host"]
    path = url["path"] if url["path"].startswith("/") else "/" + url["path"]
    return line._replace(path=path)


def ends(headers: HTTPHeaders) -> bool:
    """Whether ``close`` is one of several options of Connection (RFC 9112, 9.6).

    Tornado understands it only if it is the only one.
    """
    if "Connection" not in headers or "," not in headers["Connection"]:
        return False
    return "close" in (each.strip().lower() for each in headers["Connection"].split(","))


def has_body(request: HTTPServerRequest) -> bool:
    """Whether a body follows the headers of ``request``."""
    headers = request.headers
    return bool(headers.get_list("Content-Length") or headers.get_list("Transfer-Encoding"))


def refusal(request: HTTPServerRequest) -> Problem | None:
    """What is wrong with the headers of ``request``, or None."""
    # Faster than get(), which raises and catches an error if the header is missing.
    lengths = request.headers.get_list("Content-Length")
    length = ",".join(lengths) if lengths else None
    if length is not None and not (length.isascii() and length.isdigit()):
        return Problem(400, "Content-Length is not a number.", CLOSE)
    if length is not None and not allowed(length):
        return too_large()
    if request.version == "HTTP/1.0" and "Transfer-Encoding" in request.headers:
        # A proxy of that version may see the end of the body elsewhere (RFC 9112, 6.1).
        return Problem(400, "HTTP/1.0 has no Transfer-Encoding.", CLOSE)
    if request.method not in BODILESS and "Expect" in request.headers:
        return unexpected(request)
    return None


def unexpected(request: HTTPServerRequest) -> Problem | None:
    """What is wrong with the header Expect, or None (RFC 9110, 10.1.1).

    Tornado compares the exact text of the header, so it is normalised, or deleted for HTTP/1.0.
    """
    if request.version == "HTTP/1.0":
        del request.headers["Expect"]
    elif request.headers["Expect"].lower() == CONTINUE:
        request.headers["Expect"] = CONTINUE
    else:
        return Problem(417, f"The only supported Expect is {CONTINUE}.", CLOSE)
    return None


def too_large() -> Problem:
    """The problem of a body over the limit."""
    return Problem(413, f"The body is larger than {BODY_LIMIT} bytes.", CLOSE)


def allowed(length: str) -> bool:
    """Whether a body of ``length`` bytes, in digits, is accepted."""
    digits = length.lstrip("0") or "0"
    return len(digits) <= len(str(BODY_LIMIT)) and int(digits) <= BODY_LIMIT
