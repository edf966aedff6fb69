"""Answers made before they are asked for: JSON bytes and their validator."""

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self

_encode = json.JSONEncoder(separators=(", ", ": "), ensure_ascii=False).encode


def to_json(value: Any) -> bytes:
    """``value`` as JSON in UTF-8; code points that UTF-8 cannot carry are replaced."""
    return _encode(value).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON body, ready to be sent."""

    body: bytes
    etag: str
    """A strong entity tag of the body, quoted (RFC 9110, 8.8.3)."""

    @classmethod
    def of(cls, value: Any) -> Self:
        """The answer that says ``value``."""
        body = to_json(value)
        return cls(body, f'"{blake2b(body, digest_size=12).hexdigest()}"')
