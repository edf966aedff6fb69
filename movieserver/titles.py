"""The title index."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from rapidfuzz import process

from movieserver.answers import Answer
from movieserver.models import Nominee


class TitleIndex:
    """Finds a nominee by what people type."""

    def __init__(self, nominees: Sequence[Nominee]) -> None:
        self._by_key: dict[str, list[Nominee]] = {}
        for nominee in nominees:
            for title in (nominee.title, *nominee.alternative_titles):
                self._by_key.setdefault(key(title), []).append(nominee)

    def find(self, title: str, year: int | None = None) -> Answer | None:
        """The answer."""
        found = [
            n
            for n in self._by_key.get(key(title), [])
            if year in (None, n.film_year, int(n.award_year[:4]))
        ]
        found.sort(key=lambda n: (not n.won, -n.film_year, n.id))
        if not found:
            return None
        value = nominee_json(found[0])
        if found[1:]:
            value["alternatives"] = [nominee_json(n) for n in found[1:]]
        return Answer.of(value)

    def suggest(self, title: str, limit: int = 5) -> list[Nominee]:
        """The closest."""
        close = process.extract(key(title), list(self._by_key), limit=limit, score_cutoff=60)
        return [self._by_key[k][0] for k, _, _ in close]


def key(title: str) -> str:
    """A title as it is compared."""
    text = unicodedata.normalize("NFKD", title).casefold().replace("&", " and ")
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"^(the|a|an) ", "", " ".join(re.sub(r"\W+", " ", text).split()))


def nominee_json(nominee: Nominee) -> dict[str, Any]:
    """A nominee in the contract's words."""
    return {
        "id": nominee.id,
        "title": nominee.title,
        "year": nominee.year,
        "additional_info": nominee.additional_info,
        "won": nominee.won,
    }


def suggestion_json(nominee: Nominee) -> dict[str, Any]:
    """A suggestion in the contract's words."""
    return {"id": nominee.id, "title": nominee.title, "year": nominee.year}
