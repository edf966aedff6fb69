"""One OpenAPI document from the descriptions of the resources that a profile mounts.

A resource describes only what is its own. This module adds what all have in common: the token and
the 401 if the profile's access rule asks for a token, the quota and the 429 if it sets a limit, the
400 and the 413 for requests that no call accepts, HEAD beside GET, and OPTIONS on every path.
"""

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from movieserver import __version__
from movieserver.errors import ConfigurationError
from movieserver.handlers.description.fragment import METHODS, read_fragment
from movieserver.handlers.resource import Mounted

COMMON = Path(__file__).with_name("common.yaml")
QUOTA = {"RateLimit": "RateLimit", "RateLimit-Policy": "RateLimitPolicy"}
REFUSED = {"400": "Unreadable", "413": "TooLarge"}
"""The answers to requests that no call accepts."""
BEARER = [{"bearer": list[str]()}]


def compose(mounted: Iterable[Mounted]) -> dict[str, Any]:
    """The description of all resources that have one, in their order."""
    document = read_fragment(COMMON)
    document["info"]["version"] = __version__
    described = [(each, each.resource.description) for each in mounted]
    fragments = {path: _add(document, path, each) for each, path in described if path is not None}
    _check_names(document)
    for path, fragment in fragments.items():
        _check_references(document, path, fragment)
    for item in document["paths"].values():
        _complete(document, item)
    _identify(document)
    return document


def operations(document: dict[str, Any]) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and description of every operation, except of HEAD and OPTIONS."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(document: dict[str, Any], value: Any) -> dict[str, Any]:
    """What ``value`` refers to within the document, or ``value`` if it is no reference.

    A schema may be true or false, and then says nothing. Raises ``KeyError`` for a reference that
    leads nowhere, or to itself.
    """
    passed = set()
    while isinstance(value, dict) and "$ref" in value:
        reference = value["$ref"]
        if reference in passed:
            raise KeyError(reference)
        passed.add(reference)
        value = document
        for part in reference.removeprefix("#/").split("/"):
            value = value[part]
    return value if isinstance(value, dict) else {}


def _add(document: dict[str, Any], path: Path, mounted: Mounted) -> dict[str, Any]:
    """Add the description of one resource to the document; returns what its file holds."""
    fragment = read_fragment(path)
    for kind, parts in fragment.get("components", {}).items():
        _unite(document["components"].setdefault(kind, {}), parts, path)
    for item in fragment["paths"].values():
        for operation in [item[method] for method in METHODS if method in item]:
            if mounted.access == "token":
                operation["security"] = BEARER
                _answer(operation, "401", "Unauthorized")
            if mounted.limited:
                _answer(operation, "429", "TooMany")
                _limit(operation)
            for status, name in REFUSED.items():
                _answer(operation, status, name)
    _unite(document["paths"], fragment["paths"], path)
    return fragment


def _check_names(document: dict[str, Any]) -> None:
    """Raise ``ConfigurationError`` if two operations have one id."""
    owners: dict[str, str] = {}
    for path, method, operation in operations(document):
        name, here = operation["operationId"], f"{method} {path}"
        other = owners.setdefault(name, here)
        if other != here:
            raise ConfigurationError(f"{other} and {here} both have the operationId {name}")


def _check_references(document: dict[str, Any], path: Path, value: Any) -> None:
    """Raise ``ConfigurationError`` if ``value``, from the file ``path``, refers to nothing."""
    if isinstance(value, dict) and "$ref" in value:
        try:
            resolved(document, value)
        except (KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{path} refers to {value['$ref']}, which neither it nor another handler of the "
                "profile describes"
            ) from error
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check_references(document, path, each)


def _complete(document: dict[str, Any], item: dict[str, Any]) -> None:
    """Add HEAD and OPTIONS to a path."""
    if "get" in item:
        item["head"] = _head(document, item["get"])
    item["options"] = _options(next(item[method] for method in METHODS if method in item))


def _unite(parts: dict[str, Any], more: dict[str, Any], path: Path) -> None:
    if twice := sorted(parts.keys() & more.keys()):
        raise ConfigurationError(f"{path} describes {twice[0]}, which is already described")
    parts.update(more)


def _answer(operation: dict[str, Any], status: str, name: str) -> None:
    """Add a common response unless the operation has its own, in the order of the statuses."""
    responses = {status: {"$ref": f"#/components/responses/{name}"}, **operation["responses"]}
    operation["responses"] = dict(sorted(responses.items()))


def _limit(operation: dict[str, Any]) -> None:
    """Add the quota's headers to the answers that the resource itself describes."""
    quota = {name: {"$ref": f"#/components/headers/{each}"} for name, each in QUOTA.items()}
    for response in operation["responses"].values():
        if "$ref" not in response:
            response["headers"] = {**response.get("headers", {}), **quota}


def _identify(document: dict[str, Any]) -> None:
    """Add the request's id to every answer."""
    own = [
        response
        for item in document["paths"].values()
        for method in (*METHODS, "head")
        for response in item.get(method, {}).get("responses", {}).values()
    ]
    for response in (*document["components"]["responses"].values(), *own):
        if "$ref" not in response:
            name = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
            response["headers"] = {**response.get("headers", {}), **name}


def _head(document: dict[str, Any], get: dict[str, Any]) -> dict[str, Any]:
    """The operation of HEAD: that of GET without the contents."""
    head = copy.deepcopy(get)
    head["operationId"] += "Head"
    head["tags"] = ["protocol"]
    head["summary"] = f"The headers of: {get['summary']}"
    for status, response in head["responses"].items():
        whole = resolved(document, response)
        head["responses"][status] = {k: v for k, v in whole.items() if k != "content"}
    return head


def _options(operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": operation["operationId"] + "Options",
        "tags": ["protocol"],
        "summary": "The methods allowed here.",
        "responses": {
            status: {"$ref": f"#/components/responses/{name}"}
            for status, name in {"204": "Options", **REFUSED}.items()
        },
    }
