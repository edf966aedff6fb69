"""Chooses the form of an answer by the codings that a client accepts (RFC 9110, 12.5.3)."""

import re

from tornado.httputil import HTTPServerRequest

from movieserver.answers import Answer

GZIP = re.compile(
    r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?P<weight>[0-9.]+)\s*)?(?:,|$)", re.IGNORECASE
)


def accepts_gzip(request: HTTPServerRequest) -> bool:
    """Whether the client says that it accepts gzip."""
    # Faster than get(), which raises and catches an error if the header is missing.
    if "Accept-Encoding" not in request.headers:
        return False
    found = GZIP.search(request.headers["Accept-Encoding"])
    return found is not None and (found["weight"] or "1").strip("0.") != ""


def chosen(request: HTTPServerRequest, answer: Answer) -> Answer:
    """The form of ``answer`` for this client."""
    if answer.gzipped is not None and accepts_gzip(request):
        return answer.gzipped
    return answer
