"""Ids by which a request can be recognised in its answer, its errors and its log lines."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from secrets import token_hex

from movieserver.redaction import without_secrets

HEADER = "X-Request-Id"
SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,64}")
"""Client ids that are accepted: too short for a token, and without anything that breaks a line."""

current: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that the current task works for; empty if there is none."""

_process = f"{token_hex(6)}-"
_numbers = count()


def new_id() -> str:
    """A unique id."""
    return f"{_process}{next(_numbers):x}"


def chosen_id(given: str) -> str:
    """The id that the client gave, if it is sane and no secret; otherwise a new one."""
    return given if SANE.fullmatch(given) and without_secrets(given) == given else new_id()


@contextmanager
def current_while(request_id: str) -> Iterator[None]:
    """Let what the block logs belong to the request with this id; to none if it is empty."""
    before = current.set(request_id)
    try:
        yield
    finally:
        current.reset(before)
