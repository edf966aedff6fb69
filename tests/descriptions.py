"""The description of a running server, its documented requests, and a check of answers by it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from movieserver.handlers.description.composition import operations, resolved
from tests.processes import Process

DOCUMENT = "urn:description"


@dataclass(frozen=True)
class Example:
    """One documented request."""

    path: str
    """As the description has it, with its parts in braces."""
    method: str
    name: str
    query: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    body: Any = None

    def send(self, server: Process, **headers: str) -> requests.Response:
        """The server's answer."""
        path = self.path.format(**self.parts)
        return server.call(
            self.method.upper(), path, params=self.query, json=self.body, headers=headers
        )


def described(server: Process) -> dict[str, Any]:
    """The description that a server gives of itself."""
    document: dict[str, Any] = server.get("/openapi.json").json()
    return document


def examples(document: dict[str, Any]) -> Iterator[Example]:
    """A request for each name that the examples of an operation have; streams never end."""
    for path, method, operation in operations(document):
        if "text/event-stream" in operation["responses"].get("200", {}).get("content", {}):
            continue
        listed = [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]
        parameters = [resolved(document, each) for each in listed]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        bodies = content.get("examples", {})
        names = {name for each in parameters for name in each["examples"]} | set(bodies)
        for name in sorted(names) or ["plain"]:
            values = {
                (each["in"], each["name"]): each["examples"][name]["value"]
                for each in parameters
                if name in each["examples"]
            }
            query = {key: value for (place, key), value in values.items() if place == "query"}
            parts = {key: value for (place, key), value in values.items() if place == "path"}
            body = bodies[name]["value"] if name in bodies else None
            yield Example(path, method, name, query, parts, body)


def check(document: dict[str, Any], path: str, method: str, answer: requests.Response) -> None:
    """Fail where the description does not allow the answer."""
    content = check_head(document, path, method, answer)
    where = f"{method} {answer.url}: {answer.status_code} {answer.text[:200]}"
    if not content:
        assert answer.content == b"", where
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    assert media_type in content, where
    if media_type.endswith("json"):
        validate(document, content[media_type]["schema"], answer.json())


def check_head(
    document: dict[str, Any], path: str, method: str, answer: requests.Response
) -> dict[str, Any]:
    """Fail where the status or the headers are not described; returns the bodies that are.

    Reads none, for that of a stream has no end.
    """
    responses = document["paths"][path][method]["responses"]
    where = f"{method} {answer.url}: {answer.status_code}"
    assert str(answer.status_code) in responses, where
    response: dict[str, Any] = resolved(document, responses[str(answer.status_code)])
    for name, header in response.get("headers", {}).items():
        required = resolved(document, header).get("required")
        assert name in answer.headers or not required, f"{where}, no {name}"
    return dict(response.get("content", {}))


def validate(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Fail where ``value`` is not what a schema of the document describes."""
    registry: Registry[Any] = Registry().with_resource(
        DOCUMENT, DRAFT202012.create_resource(document)
    )
    absolute = json.loads(json.dumps(schema).replace('"#/', f'"{DOCUMENT}#/'))
    Draft202012Validator(absolute, registry=registry).validate(value)
