"""Rows that are refused, and why."""

from movieserver.errors import MovieserverError

SHOWN = 100
"""The most characters of a row that a report shows."""


class RowRefused(MovieserverError):
    """A row that does not go in; the message says why."""

    def __init__(self, reason: str, row: str = "") -> None:
        """Take the reason and the row's text, which is shown shortened and may be added later."""
        super().__init__(reason)
        self.row = row
        self.number = 0
        """The row's number; the header is number 1."""

    @property
    def line(self) -> str:
        """The refusal as a line of a report."""
        return f"row {self.number}: {self} ({shown(self.row)})"


class NoFilm(RowRefused):
    """A valid row whose film is unknown or is not a film."""


def shown(text: str) -> str:
    """``text`` as one short line that a terminal can show."""
    cut = text[:SHOWN].rstrip("\r\n")
    printable = "".join(ch if ch.isprintable() else "�" for ch in cut)
    return printable + ("…" if len(text) > SHOWN else "")
