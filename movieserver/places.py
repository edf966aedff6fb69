"""Values together with the place where they were found, so that a mistake can name it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

from movieserver.errors import ConfigurationError

SHOWN = 60
"""The most characters of a value that a message repeats."""
PLAIN_KEY = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file or an option; in a file, also the line and the key path."""

    source: str
    line: int | None = None
    keys: tuple[str, ...] = ()

    def at(self, key: str, line: int | None = None) -> Self:
        """The place of ``key`` in the mapping here; on the same line unless ``line`` is given."""
        return replace(self, line=line or self.line, keys=(*self.keys, key))

    def mistake(self, message: str) -> ConfigurationError:
        """The error that says what is wrong here."""
        return ConfigurationError(f"{self}: {message}")

    def __str__(self) -> str:
        """``FILE:LINE: key.path``, as far as it is known."""
        source = self.source if self.line is None else f"{self.source}:{self.line}"
        path = ".".join(k if PLAIN_KEY.fullmatch(k) else json.dumps(k) for k in self.keys)
        return f"{source}: {path}" if path else source


@dataclass(frozen=True, slots=True)
class Found:
    """A value as it was found.

    Mappings are ``dict[str, Found]``, lists ``list[Found]``; the rest is ``str``, ``int``,
    ``float``, ``bool`` or None.
    """

    value: Any
    place: Place
    typed: bool = True
    """False for text from a variable, an included file or an option. Where a number, a truth value
    or a list is wanted, such text is read as one; a list has commas between its items."""
    origin: str = ""
    """The variables and included files that the text came from."""
    hidden: bool = False
    """Whether no message may repeat the value."""

    def itemised(self) -> "Found":
        """The value as a list, if it is untyped text with commas; any other value unchanged."""
        if self.typed or not isinstance(self.value, str):
            return self
        texts = (each.strip() for each in self.value.split(","))
        return replace(self, value=[replace(self, value=each) for each in texts if each])

    def mistake(self, message: str) -> ConfigurationError:
        """The error that says what is wrong with this value."""
        return self.place.mistake(message)

    def refused(self, reason: str) -> ConfigurationError:
        """The error for a value that code elsewhere refused; ``reason`` may repeat the value."""
        return self.mistake(f"found {self.shown()}, which is refused" if self._hides else reason)

    def unexpected(self, allowed: str, hint: str = "") -> ConfigurationError:
        """The error that says what was found and what is ``allowed``, with a ``hint`` between."""
        return self.mistake(f"found {self.shown()}; {hint}allowed: {allowed}")

    def shown(self) -> str:
        """The value as a message shows it."""
        suffix = f" (from {self.origin})" if self.origin else ""
        if self._hides:
            return f"a value that is not shown{suffix}"
        match self.value:
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case bool() | None:
                text = {True: "true", False: "false", None: "nothing"}[self.value]
            case _:
                text = repr(self.value)
        return (text if len(text) <= SHOWN else text[: SHOWN - 1] + "…") + suffix

    @property
    def _hides(self) -> bool:
        """Whether the value, or an item of a list, may not be repeated."""
        items = self.value if isinstance(self.value, list) else []
        return self.hidden or any(each.hidden for each in items)


class Mistakes:
    """Collects mistakes, so that all of them are reported at once."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Record a ``ConfigurationError`` raised in the block, and go on after the block."""
        try:
            yield
        except ConfigurationError as error:
            self._messages += str(error).split("\n")

    def check(self) -> None:
        """Raise one ``ConfigurationError`` with a line for each mistake, if there are any."""
        if self._messages:
            raise ConfigurationError("\n".join(dict.fromkeys(self._messages)))
