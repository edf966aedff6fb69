"""The title index."""

from collections.abc import Sequence

from movieserver.answers import Answer
from movieserver.models import Nominee


class TitleIndex:
    """Finds a nominee by what people type."""

    def __init__(self, nominees: Sequence[Nominee]) -> None:
        raise NotImplementedError

    def find(self, title: str, year: int | None = None) -> Answer | None:
        raise NotImplementedError

    def suggest(self, title: str, limit: int = 5) -> list[Nominee]:
        raise NotImplementedError
