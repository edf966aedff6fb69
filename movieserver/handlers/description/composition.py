"""One OpenAPI document from the descriptions of the resources that a profile mounts.

A resource describes what is its own. What all have in common is added here: the token and the
401 where the profile's access rule asks for one, HEAD where there is GET, OPTIONS everywhere.
"""

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from movieserver import __version__
from movieserver.errors import ConfigurationError
from movieserver.handlers.description.fragment import read_fragment
from movieserver.handlers.resource import Access, Mounted

COMMON = Path(__file__).with_name("common.yaml")
METHODS = ("get", "post", "put", "patch", "delete")
BEARER = [{"bearer": list[str]()}]


def compose(mounted: Iterable[Mounted]) -> dict[str, Any]:
    """The description of all resources that have one, in their order."""
    document = read_fragment(COMMON)
    document["info"]["version"] = __version__
    for each in mounted:
        if each.resource.description is not None:
            _add(document, each.resource.description, each.access)
    return document


def operations(document: dict[str, Any]) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of every operation, those of GET, POST and so on alone."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """What ``value`` refers to within the document, or itself."""
    while "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def _add(document: dict[str, Any], path: Path, access: Access) -> None:
    fragment = read_fragment(path)
    for kind, parts in fragment.get("components", {}).items():
        _unite(document["components"].setdefault(kind, {}), parts, path)
    for item in fragment["paths"].values():
        for method in METHODS:
            if access == "token" and method in item:
                _protect(item[method])
        if "get" in item:
            item["head"] = _head(document, item["get"])
        item["options"] = _options(next(item[method] for method in METHODS if method in item))
    _unite(document["paths"], fragment["paths"], path)


def _unite(parts: dict[str, Any], more: dict[str, Any], path: Path) -> None:
    if twice := sorted(parts.keys() & more.keys()):
        raise ConfigurationError(f"{path} describes {twice[0]}, which is described already")
    parts.update(more)


def _protect(operation: dict[str, Any]) -> None:
    operation["security"] = BEARER
    refused = {"401": {"$ref": "#/components/responses/Unauthorized"}}
    operation["responses"] = dict(sorted({**operation["responses"], **refused}.items()))


def _head(document: dict[str, Any], get: dict[str, Any]) -> dict[str, Any]:
    """The same without what is not sent."""
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
        "summary": "The methods that are possible here.",
        "responses": {"204": {"$ref": "#/components/responses/Options"}},
    }
