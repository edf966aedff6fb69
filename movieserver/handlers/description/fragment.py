"""A resource's own description: a YAML or JSON file with OpenAPI path items and components."""

import json
from pathlib import Path
from typing import Any

import yaml

from movieserver.errors import ConfigurationError

METHODS = ("get", "post", "put", "patch", "delete")
NEEDED = ("operationId", "summary", "responses")
"""The parts of an operation that the whole document is made of."""


def read_fragment(path: Path) -> dict[str, Any]:
    """The mapping in the file; raises ``ConfigurationError`` if there is none."""
    try:
        # Use the C loader if PyYAML has it: it takes a tenth of the time.
        value = yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict) or not isinstance(value.get("paths"), dict):
        raise ConfigurationError(f"{path} is not a description; allowed: a mapping with paths")
    try:
        json.dumps(value)
    except (TypeError, ValueError) as error:
        message = f"{path} cannot be written as JSON: {error}; dates need quotes"
        raise ConfigurationError(message) from error
    for template, item in value["paths"].items():
        _check(f"{path}: {template}", item)
    return value


def _check(where: str, item: Any) -> None:
    """Raise ``ConfigurationError`` unless ``item`` describes operations."""
    described = {name: item[name] for name in METHODS if name in item} if item else {}
    if not described:
        raise ConfigurationError(f"{where} has no operation; allowed: {', '.join(METHODS)}")
    for method, operation in described.items():
        lacking = [name for name in NEEDED if name not in (operation or ())]
        if lacking:
            raise ConfigurationError(f"{where}: {method} lacks {', '.join(lacking)}")
        for status in operation["responses"]:
            if not isinstance(status, str):
                raise ConfigurationError(f'{where}: {method} has {status}; write "{status}"')
