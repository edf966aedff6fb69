"""Errors as clients see them: ``application/problem+json`` (RFC 9457), plus ``message``."""

from collections.abc import Mapping
from http import HTTPStatus
from http.client import responses
from typing import Any

from tornado.web import HTTPError, MissingArgumentError

from movieserver.answers import to_json
from movieserver.errors import NotLoaded, StoreError, TokenRefused

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER = {"Retry-After": "1"}


class Problem(HTTPError):
    """An answer that says what was wrong with the request."""

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self, request_id: str = "") -> bytes:
        """The problem as JSON, with the id of the request if it has one."""
        problem = {
            "type": "about:blank",
            "title": responses.get(self.status_code, "Unknown"),
            "status": self.status_code,
            "detail": self.detail,
            "message": self.detail,
        }
        named = {"request_id": request_id} if request_id else {}
        return to_json(problem | self.extra | named)


def unauthorized(reason: str | None) -> Problem:
    """A 401 (RFC 6750, 3); ``reason`` is why a token is refused, None if there is none."""
    if reason is None:
        detail = "This needs a bearer token: Authorization: Bearer TOKEN."
        return Problem(401, detail, {"WWW-Authenticate": 'Bearer realm="movieserver"'})
    quotable = reason.encode("ascii", "replace").decode().replace("\\", "/").replace('"', "'")
    challenge = f'Bearer realm="movieserver", error="invalid_token", error_description="{quotable}"'
    return Problem(401, f"The bearer token is refused: {reason}.", {"WWW-Authenticate": challenge})


def problem_of(error: BaseException | None, status: int = 500) -> Problem:
    """The problem for any ``error``; an unexpected error tells the client nothing."""
    match error:
        case Problem():
            return error
        case TokenRefused():
            return unauthorized(str(error))
        case StoreError() | NotLoaded() | TimeoutError():
            return Problem(503, "The server cannot answer this now; please try again.", RETRY_AFTER)
        case MissingArgumentError():
            return Problem(400, f"{error.arg_name} is missing.")
        case HTTPError():
            return Problem(error.status_code, meaning(error.status_code))
        case _:
            return Problem(status, meaning(status))


def meaning(status: int) -> str:
    """What ``status`` means, in words; a plugin may use one that is not registered."""
    if status == 400:
        return "The request cannot be read."
    try:
        return HTTPStatus(status).description or HTTPStatus(status).phrase
    except ValueError:
        return f"The status is {status}."
