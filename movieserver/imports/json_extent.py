"""Where a JSON value ends, for one that cannot be read: by its brackets and quotation marks."""

import re

MARK = re.compile(r'["{}\[\],]')
QUOTED_MARK = re.compile(r'["\\]')


class Extent:
    """Looks for the end of a value, piece by piece."""

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = False
        self._escaped = 0
        """Characters of the next piece that a backslash at the end of the last one escapes."""

    def feed(self, text: str, start: int = 0) -> int | None:
        """Where the value ends in ``text``, the next piece from ``start`` on; None if after it."""
        at = start + self._escaped
        while match := (QUOTED_MARK if self._quoted else MARK).search(text, at):
            mark, at = match[0], match.end()
            if mark == "\\":
                at += 1
            elif mark == '"':
                self._quoted = not self._quoted
            elif mark in "{[":
                self._depth += 1
            elif self._depth == 0:  # what follows a number or a word
                return match.start()
            elif mark in "}]":
                self._depth -= 1
                if self._depth == 0:
                    return at
        self._escaped = max(0, at - len(text))
        return None
