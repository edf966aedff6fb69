"""Puts environment variables and the contents of files into the texts of a profile.

This happens after the YAML has been read, so the content of a variable can never become a key.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from movieserver.errors import ConfigurationError
from movieserver.places import Found, Mistakes
from movieserver.profile.yaml_source import read_file

DOLLAR = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<inside>[^{}]*)\}|)")
VARIABLE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<has_default>:-(?P<default>.*))?", re.S)
FILE = "file:"
FORMS = "${NAME}, ${NAME:-default}, ${file:PATH}, or $$ for a dollar sign"


def expand(found: Found, environ: Mapping[str, str]) -> Found:
    """``found`` with each ``${…}`` in its texts replaced.

    Raises ``ConfigurationError`` with a line for each mistake.
    """
    match found.value:
        case dict():
            pairs = found.value.items()
            expanded = _collect([value for _, value in pairs], environ)
            return replace(found, value=dict(zip(found.value, expanded, strict=True)))
        case list():
            return replace(found, value=_collect(found.value, environ))
        case str() if "$" in found.value and found.typed:
            return _Expansion(found, environ).result()
    return found


def _collect(items: list[Found], environ: Mapping[str, str]) -> list[Found]:
    mistakes = Mistakes()
    expanded = []
    for item in items:
        with mistakes.collected():
            expanded.append(expand(item, environ))
    mistakes.check()
    return expanded


class _Expansion:
    """The expansion of one text."""

    def __init__(self, found: Found, environ: Mapping[str, str]) -> None:
        self._found = found
        self._environ = environ
        self._origins: list[str] = []
        self._hidden = found.hidden
        self._mistakes = Mistakes()

    def result(self) -> Found:
        """The expanded text, with a note of where it came from."""
        text = DOLLAR.sub(self._collected, self._found.value)
        self._mistakes.check()
        origin = " ".join(dict.fromkeys(self._origins))
        return replace(
            self._found, value=text, typed=not origin, origin=origin, hidden=self._hidden
        )

    def _collected(self, match: re.Match[str]) -> str:
        found: list[str] = []
        with self._mistakes.collected():
            found.append(self._replacement(match))
        return "".join(found)

    def _replacement(self, match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        inside = match["inside"]
        if inside is None:
            raise self._mistake("a $ by itself")
        if inside.startswith(FILE):
            return self._content(inside.removeprefix(FILE))
        variable = VARIABLE.fullmatch(inside)
        if variable is None:
            raise self._mistake(f"'${{{inside}}}'")
        return self._variable(variable)

    def _variable(self, variable: re.Match[str]) -> str:
        name, default = variable["name"], variable["default"]
        self._origins.append(f"${{{name}}}")
        value = self._environ.get(name)
        if value is None and default is None:
            raise self._found.mistake(
                f"the environment variable {name} is not set; set it, or give a default: "
                f"${{{name}:-default}}"
            )
        return value or default or ""

    def _content(self, name: str) -> str:
        path = Path(self._found.place.source).parent / name
        content = read_file(self._found.place, path, f"the file {path}")
        self._hidden = True
        self._origins.append(f"${{file:{name}}}")
        try:
            return content.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise self._found.mistake(f"the file {path} is not UTF-8") from error

    def _mistake(self, what: str) -> ConfigurationError:
        return self._found.mistake(f"found {what}; allowed: {FORMS}")
