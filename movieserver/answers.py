"""Answers made before they are asked for: bytes, their validator and their headers."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self

JSON = "application/json; charset=utf-8"
LARGE = 1024
"""Bytes from which a body is worth compressing; less fits one packet anyway."""
VARY = "Accept-Encoding"

_encode = json.JSONEncoder(separators=(", ", ": "), ensure_ascii=False).encode


def to_json(value: Any) -> bytes:
    """``value`` as JSON in UTF-8; code points that UTF-8 cannot carry are replaced."""
    return _encode(value).encode("utf-8", "replace")


def compressed(body: bytes) -> bytes:
    """``body`` by gzip; the same bytes whenever it is made."""
    return gzip.compress(body, compresslevel=6, mtime=0)


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, ready to be sent."""

    body: bytes
    etag: str
    """A strong entity tag of the body, quoted (RFC 9110, 8.8.3)."""
    headers: Mapping[str, str]
    """All headers that depend on the body alone, the tag included."""
    gzipped: "Answer | None" = None
    """The same for clients that take gzip; None where the body is small."""

    @classmethod
    def of(cls, value: Any) -> Self:
        """The answer that says ``value`` in JSON."""
        return cls.of_bytes(to_json(value), JSON)

    @classmethod
    def of_bytes(
        cls, body: bytes, content_type: str, more: Mapping[str, str] | None = None
    ) -> Self:
        """The answer of these bytes, with ``more`` headers."""
        digest = blake2b(body, digest_size=12).hexdigest()
        headers = {"Content-Type": content_type, **(more or {})}
        if len(body) < LARGE:
            return cls(body, f'"{digest}"', {**headers, "Etag": f'"{digest}"'})
        headers["Vary"] = VARY
        packed = {**headers, "Content-Encoding": "gzip", "Etag": f'"{digest}-gzip"'}
        gzipped = cls(compressed(body), f'"{digest}-gzip"', packed)
        return cls(body, f'"{digest}"', {**headers, "Etag": f'"{digest}"'}, gzipped)
