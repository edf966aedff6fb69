"""Why a row does not go in."""

from movieserver.errors import MovieserverError

SHOWN = 100
"""Characters of a row that a report shows."""


class RowRefused(MovieserverError):
    """A row that does not go in; the message says why."""

    def __init__(self, reason: str, row: str = "") -> None:
        """``row`` is shown beside the reason, shortened; it may be added later."""
        super().__init__(reason)
        self.row = row
        self.number = 0
        """The row's number, the header being 1."""

    @property
    def line(self) -> str:
        """The refusal as a report's line."""
        return f"row {self.number}: {self} ({shown(self.row)})"


class NoFilm(RowRefused):
    """A row that is one, of no film that is known, or of what is no film."""


def shown(text: str) -> str:
    """``text`` in one short line, as a terminal can show it."""
    cut = text[:SHOWN].rstrip("\r\n")
    printable = "".join(ch if ch.isprintable() else "�" for ch in cut)
    return printable + ("…" if len(text) > SHOWN else "")
