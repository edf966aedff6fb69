"""Texts: their values, the name that was probably meant, and texts for messages."""

import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that a one-line text may not contain."""
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,3})?")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def plain_value(text: str) -> Any:
    """The value of unquoted text: YAML 1.2's true, false, null or decimal number, else the text."""
    if text in WORDS:
        return WORDS[text]
    match = NUMBER.fullmatch(text)
    if match is None:
        return text
    return int(text) if match[2] is None and match[3] is None else float(text)


def nearest(name: str, allowed: Collection[str]) -> str:
    """``did you mean 'x'? `` if ``name`` resembles one of ``allowed``, otherwise an empty text."""
    spellings = {each.lower(): each for each in allowed}
    close = get_close_matches(name.lower(), spellings, n=1, cutoff=0.5)
    return f"did you mean {spellings[close[0]]!r}? " if close else ""


def on_one_line(text: str) -> str:
    """``text`` with escape sequences for control characters: one could begin a line of its own."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def counted(count: float, noun: str) -> str:
    """``1 rate``, ``2 rates``."""
    return f"{count:.0f} {noun}{'' if count == 1 else 's'}"


def listed(names: Collection[str]) -> str:
    """``a, b, c``, or ``nothing`` if there are no names."""
    return ", ".join(names) or "nothing"
