"""Which form of an answer a client takes (RFC 9110, 12.5.3)."""

import re

from tornado.httputil import HTTPServerRequest

from movieserver.answers import Answer

REFUSED = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


def accepts_gzip(request: HTTPServerRequest) -> bool:
    """Whether the client says that it takes gzip."""
    # Quicker than get, which raises and catches an error where there is none.
    if "Accept-Encoding" not in request.headers:
        return False
    accepted = request.headers["Accept-Encoding"]
    if "gzip" not in accepted.lower():
        return False
    return "q=0" not in accepted or REFUSED.search(accepted) is None


def chosen(request: HTTPServerRequest, answer: Answer) -> Answer:
    """The form of ``answer`` for this client."""
    if answer.gzipped is not None and accepts_gzip(request):
        return answer.gzipped
    return answer
