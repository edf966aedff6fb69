"""Reads the values in a YAML file, each with its place.

Only a subset of YAML is allowed: one document of mappings, lists and scalars. Anchors, aliases and
tags are refused, keys are unique texts, and scalars without quotes follow YAML 1.2 (``yes`` and
``1:30`` are texts).
"""

from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from movieserver.errors import ConfigurationError
from movieserver.places import Found, Mistakes, Place
from movieserver.texts import plain_value

SIZE = 64 * 1024
"""The most bytes of a file that is read."""
DEPTH = 20
"""The most levels of mappings and lists within each other."""


def read_yaml(path: Path) -> Found:
    """The mapping in the file ``path``.

    Raises ``ConfigurationError``, which names the line; for duplicate keys, it has a line for each.
    """
    place = Place(str(path))
    text = _decode(place, read_file(place, path, "the file"))
    try:
        node = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _unreadable(place, error, text) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"a character that YAML does not allow: U+{int(error.character):04X}"
        raise Place(str(path), line).mistake(message) from error
    if node is None:
        raise place.mistake("the file is empty; allowed: a mapping of keys to values")
    found = _found(node, Place(str(path), node.start_mark.line + 1))
    if not isinstance(found.value, dict):
        raise found.unexpected("a mapping of keys to values")
    return found


def read_file(place: Place, path: Path, what: str) -> bytes:
    """The content of a small file, which messages call ``what``; raises ``ConfigurationError``."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise place.mistake(f"{what} cannot be read: {reason}") from error
    if len(content) > SIZE:
        raise place.mistake(f"{what} has more than {SIZE} bytes")
    return content


class _Loader(yaml.SafeLoader):
    """PyYAML's loader without the features that a profile has no use for."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _refused("an alias (*); write the value out", event)
        if event.anchor is not None:
            raise _refused("an anchor (&); if text is meant, put it in quotes", event)
        if event.tag is not None:
            raise _refused("a tag (!); if text is meant, put it in quotes", event)
        if self.depth == DEPTH:
            raise _refused("more levels than any profile has", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refused(what: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=f"found {what}", problem_mark=event.start_mark)


def _decode(place: Place, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Place(place.source, line).mistake("not UTF-8") from error


def _unreadable(place: Place, error: yaml.MarkedYAMLError, text: str) -> ConfigurationError:
    mark = error.problem_mark or error.context_mark
    where = Place(place.source, mark.line + 1 if mark else None)
    problem = " ".join(filter(None, (error.context, error.problem)))
    if "'\\t'" in problem:
        problem = "a tab; indent with spaces"
    if mark and any("${" in line for line in text.splitlines()[mark.line : mark.line + 1]):
        problem += '; between { } or [ ], put a variable in quotes: "${NAME}"'
    return where.mistake(f"not valid YAML for a profile: {problem}")


def _found(node: Node, place: Place) -> Found:
    match node:
        case ScalarNode():
            plain = node.style is None
            return Found(plain_value(node.value) if plain else node.value, place)
        case SequenceNode():
            items = [
                _found(item, place.at(str(number), item.start_mark.line + 1))
                for number, item in enumerate(node.value, 1)
            ]
            return Found(items, place)
        case MappingNode():
            return Found(_entries(node, place), place)
    raise TypeError(f"YAML has no such node: {node}")


def _entries(node: MappingNode, place: Place) -> dict[str, Found]:
    entries: dict[str, Found] = {}
    mistakes = Mistakes()
    for key, value in node.value:
        line = key.start_mark.line + 1
        with mistakes.collected():
            if not isinstance(key, ScalarNode):
                raise Place(place.source, line, place.keys).mistake("a key that is not a string")
            here = place.at(key.value, line)
            if key.value in entries:
                first = entries[key.value].place.line
                raise here.mistake(f"the key appears twice, first on line {first}")
            entries[key.value] = _found(value, here)
    mistakes.check()
    return entries
