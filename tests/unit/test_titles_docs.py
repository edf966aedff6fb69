"""Every example of docs/titles.md."""

import re
from pathlib import Path

import pytest

from movieserver.models import Nominee
from tests.unit.nominees import INDEX, NOMINEES, found

PAGE = (Path(__file__).parents[2] / "docs" / "titles.md").read_text("utf-8")


def examples(heading: str) -> list[tuple[str, str]]:
    """The rows of all tables with this heading over their second column."""
    tables = re.findall(rf"\| Typed \| {heading} \|\n\|.+\|\n((?:\|.+\|\n)+)", PAGE)
    cells = re.findall(r"^\| `(.+)` \| (.+) \|$", "".join(tables), re.MULTILINE)
    assert len(cells) == "".join(tables).count("\n")
    return [(typed, answer.replace("\\", "")) for typed, answer in cells]


def named(nominee: Nominee) -> str:
    return f"{nominee.title} ({nominee.film_year})"


def test_the_page_has_its_examples() -> None:
    assert len(examples("Answer")) > 50
    assert len(examples("Listed first")) > 5
    assert len(examples("First suggestion")) > 5


@pytest.mark.parametrize(("typed", "answer"), examples("Answer"))
def test_an_example_of_an_answer(typed: str, answer: str) -> None:
    titles = "; ".join(named(NOMINEES[each]) for each in found(typed))
    assert (titles or "not found") == answer


@pytest.mark.parametrize(("typed", "answer"), examples("First suggestion"))
def test_an_example_of_a_suggestion(typed: str, answer: str) -> None:
    assert found(typed) == []
    titles = [named(each) for each in INDEX.suggest(typed, 1)]
    assert (titles or ["none"]) == [answer]


@pytest.mark.parametrize(("typed", "answer"), examples("Listed first"))
def test_an_example_of_a_beginning(typed: str, answer: str) -> None:
    titles = "; ".join(map(named, INDEX.starting_with(typed, answer.count(";") + 1)))
    assert (titles or "none") == answer
