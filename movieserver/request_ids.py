"""Ids by which a request is found again: in its answer, its errors and its lines of the log."""

import re
from contextvars import ContextVar
from itertools import count
from secrets import token_hex

from movieserver.redaction import without_secrets

HEADER = "X-Request-Id"
SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,64}")
"""Ids of clients that are taken: too short for a token, and with nothing that breaks a line."""

current: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that the present task works for; empty where it works for none."""

_process = f"{token_hex(6)}-"
_numbers = count()


def request_id(given: str | None) -> str:
    """The id that a client gave, if it is a sane one and no secret; else one unlike all others."""
    if given and SANE.fullmatch(given) and without_secrets(given) == given:
        return given
    return f"{_process}{next(_numbers):x}"
