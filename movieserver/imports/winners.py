"""Warns of several winners at one ceremony: Best Picture has never been shared."""

from movieserver.models import Nominee


class Winners:
    """The first winner of each ceremony in a file, to compare later ones with."""

    def __init__(self) -> None:
        self._first: dict[int, tuple[str, int]] = {}

    def remark(self, nominee: Nominee, number: int) -> str | None:
        """What to say of the nominee in row ``number``; None for nothing."""
        if not nominee.won:
            return None
        movie_id, first = self._first.setdefault(nominee.ceremony, (nominee.id, number))
        if movie_id == nominee.id:
            return None
        return (
            f"rows {first} and {number}: {movie_id} and {nominee.id} are both said to have won at "
            f"ceremony {nominee.ceremony}"
        )
