"""What the headers of a request have to be for anybody to look at it."""

import re

from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from movieserver.handlers.problems import Problem

BODY_LIMIT = 4096
"""Bytes of the largest body that any call takes."""
CLOSE = {"Connection": "close"}
CONTINUE = "100-continue"
BODILESS = ("GET", "HEAD")
"""Methods whose expectations are not looked at: they wait with no body."""
ABSOLUTE = re.compile(r"https?://(?P<host>[^/?#]+)(?P<path>.*)", re.IGNORECASE)


def origin_form(line: RequestStartLine, headers: HTTPHeaders) -> RequestStartLine:
    """The line with the path alone, where its target is a whole URL (RFC 9112, 3.2.2).

    The host of the URL takes the place of the header's, if there is just one.
    """
    url = ABSOLUTE.fullmatch(line.path)
    if url is None:
        return line
    if "," not in headers.get("Host", ","):
        headers["Host"] = url["host"]
    path = url["path"] if url["path"].startswith("/") else "/" + url["path"]
    return line._replace(path=path)


def has_body(request: HTTPServerRequest) -> bool:
    """Whether ``request`` goes on after its headers."""
    headers = request.headers
    return bool(headers.get_list("Content-Length") or headers.get_list("Transfer-Encoding"))


def refusal(request: HTTPServerRequest) -> Problem | None:
    """What is wrong with the headers of ``request``, if anything is."""
    # Quicker than get, which raises and catches an error where there is none.
    lengths = request.headers.get_list("Content-Length")
    length = ",".join(lengths) if lengths else None
    if length is not None and not (length.isascii() and length.isdigit()):
        return Problem(400, "Content-Length is not a number.", CLOSE)
    if length is not None and not allowed(length):
        return too_large()
    if request.method not in BODILESS and "Expect" in request.headers:
        return unexpected(request)
    return None


def unexpected(request: HTTPServerRequest) -> Problem | None:
    """What is wrong with the header Expect, if anything is (RFC 9110, 10.1.1).

    Tornado goes by the header's exact text, and so that is made what it takes it for.
    """
    if request.version == "HTTP/1.0":
        del request.headers["Expect"]
    elif request.headers["Expect"].lower() == CONTINUE:
        request.headers["Expect"] = CONTINUE
    else:
        return Problem(417, f"The only thing to expect is {CONTINUE}.", CLOSE)
    return None


def too_large() -> Problem:
    """The problem with a body over the limit."""
    return Problem(413, f"The body is larger than {BODY_LIMIT} bytes.", CLOSE)


def allowed(length: str) -> bool:
    """Whether a body of so many bytes is taken."""
    return len(length) <= len(str(BODY_LIMIT)) and int(length) <= BODY_LIMIT
