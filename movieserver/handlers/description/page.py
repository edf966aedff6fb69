"""``/docs``: the description as a page for people; HTML made in advance, without scripts."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tornado.template import Template

from movieserver.answers import Answer
from movieserver.handlers.description.composition import operations, resolved

HERE = Path(__file__).parent
DEPTH = 6
"""Levels of a schema that are shown."""


@dataclass(frozen=True)
class Row:
    """One value of a parameter, a body or an answer."""

    name: str
    kind: str
    required: bool
    meaning: str


def page(document: dict[str, Any]) -> Answer:
    """The page that shows ``document``; it loads nothing from other hosts."""
    style = (HERE / "page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    body = Template((HERE / "page.html").read_text("utf-8"), autoescape="xhtml_escape").generate(
        document=document,
        style=style,
        operations=list(operations(document)),
        parameters=lambda path, operation: list(_parameters(document, path, operation)),
        resolved=lambda value: resolved(document, value),
        rows=lambda schema: list(rows(document, schema)),
        pretty=lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    )
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    headers = {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return Answer.of_bytes(body, "text/html; charset=utf-8", headers)


def rows(
    document: dict[str, Any], schema: Any, prefix: str = "", depth: int = DEPTH
) -> Iterator[Row]:
    """Yield the properties of a schema, including those of objects and lists within it."""
    schema = resolved(document, schema)
    if not depth:
        return
    for part in schema.get("allOf", ()):
        yield from rows(document, part, prefix, depth - 1)
    if "items" in schema:
        yield from rows(document, schema["items"], f"{prefix}[]", depth - 1)
    for name, value in schema.get("properties", {}).items():
        whole = f"{prefix}.{name}" if prefix else name
        yield _row(document, whole, value, name in schema.get("required", ()))
        yield from rows(document, value, whole, depth - 1)


def _parameters(
    document: dict[str, Any], path: str, operation: dict[str, Any]
) -> Iterator[tuple[Row, str]]:
    """Yield each parameter of an operation, and its place, such as ``query``."""
    shared = document["paths"][path].get("parameters", [])
    for each in (*shared, *operation.get("parameters", [])):
        parameter = resolved(document, each)
        required = parameter.get("required", False)
        row = _row(document, parameter["name"], parameter.get("schema", {}), required)
        yield replace(row, meaning=parameter.get("description", "")), parameter["in"]


def _row(document: dict[str, Any], name: str, value: Any, required: bool) -> Row:
    schema = resolved(document, value)
    return Row(name, kind(document, schema), required, schema.get("description", ""))


def kind(document: dict[str, Any], schema: Any, depth: int = DEPTH) -> str:
    """The type of a schema with its bounds, in words."""
    schema = resolved(document, schema)
    if "anyOf" in schema and depth:
        return " or ".join(kind(document, each, depth - 1) for each in schema["anyOf"])
    types = schema.get("type", "object" if schema else "")
    words = [types if isinstance(types, str) else " or ".join(types)]
    if "enum" in schema:
        words.append(", ".join(map(str, schema["enum"])))
    if "minimum" in schema and "maximum" in schema:
        words.append(f"{schema['minimum']} to {schema['maximum']}")
    if "pattern" in schema:
        words.append(schema["pattern"])
    if "default" in schema:
        words.append(f"default {schema['default']}")
    return "; ".join(words)
