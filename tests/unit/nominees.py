"""The index of the nominees that ship, and what it finds."""

import json
from pathlib import Path

from movieserver.catalogue import shipped_nominees
from movieserver.titles import TitleIndex

DATA = Path(__file__).parent.parent / "data"
NOMINEES = {nominee.id: nominee for nominee in shipped_nominees()}
INDEX = TitleIndex(list(NOMINEES.values()))


def found(title: str, year: int | None = None, index: TitleIndex = INDEX) -> list[str]:
    """The ids of the film that is the answer and of its alternatives; none where there is none."""
    answer = index.find(title, year)
    if answer is None:
        return []
    value = json.loads(answer.body)
    return [value["id"], *(film["id"] for film in value.get("alternatives", ()))]


def suggested(title: str, index: TitleIndex = INDEX) -> list[str]:
    """The titles that are suggested."""
    return [nominee.title for nominee in index.suggest(title)]
