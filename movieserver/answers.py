"""Answers made before they are asked for: a body with its entity tag and its headers."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self

JSON = "application/json; charset=utf-8"
LARGE = 1024
"""Bodies of this many bytes or more are compressed; a smaller one fits in one packet anyway."""
VARY = "Accept-Encoding"

_encode = json.JSONEncoder(separators=(", ", ": "), ensure_ascii=False).encode


def to_json(value: Any) -> bytes:
    """``value`` as JSON in UTF-8; code points that UTF-8 cannot carry are replaced."""
    return _encode(value).encode("utf-8", "replace")


def compressed(body: bytes) -> bytes:
    """``body`` compressed with gzip: the same bytes every time."""
    return gzip.compress(body, compresslevel=6, mtime=0)


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, ready to be sent."""

    body: bytes
    etag: str
    """A strong entity tag of the body, quoted (RFC 9110, 8.8.3)."""
    headers: Mapping[str, str]
    """All headers that depend only on the body, including the tag."""
    gzipped: "Answer | None" = None
    """The same answer for clients that accept gzip; None if the body is small."""

    @classmethod
    def of(cls, value: Any) -> Self:
        """The answer whose body is ``value`` as JSON."""
        return cls.of_bytes(to_json(value), JSON)

    @classmethod
    def of_bytes(
        cls, body: bytes, content_type: str, more: Mapping[str, str] | None = None
    ) -> Self:
        """The answer with these bytes as its body and with ``more`` headers."""
        digest = blake2b(body, digest_size=12).hexdigest()
        headers = {"Content-Type": content_type, **(more or {})}
        if len(body) < LARGE:
            return cls(body, f'"{digest}"', {**headers, "Etag": f'"{digest}"'})
        headers["Vary"] = f"{headers['Vary']}, {VARY}" if "Vary" in headers else VARY
        packed = {**headers, "Content-Encoding": "gzip", "Etag": f'"{digest}-gzip"'}
        gzipped = cls(compressed(body), f'"{digest}-gzip"', packed)
        return cls(body, f'"{digest}"', {**headers, "Etag": f'"{digest}"'}, gzipped)
