"""Nominees by the beginning of a title."""

import random

import pytest

from movieserver.models import Nominee
from movieserver.titles import TitleIndex, award_years
from movieserver.titles.prefixes import PrefixIndex, later_words
from tests.unit.nominees import INDEX, NOMINEES


def begun(prefix: str, limit: int = 10, index: TitleIndex = INDEX) -> list[str]:
    """The titles that are found."""
    return [nominee.title for nominee in index.starting_with(prefix, limit)]


def film(number: int, title: str, won: bool = False, *others: str) -> Nominee:
    return Nominee(f"tt{number}", title, 1950 + number, str(1950 + number), number, "", won, others)


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("the god", ["The Godfather", "The Godfather Part II", "The Godfather, Part III"]),
        ("GODF", ["The Godfather", "The Godfather Part II", "The Godfather, Part III"]),
        ("mut", ["Mutiny on the Bounty", "Mutiny on the Bounty", "The Caine Mutiny"]),
        ("mutiny on the", ["Mutiny on the Bounty", "Mutiny on the Bounty"]),
        ("12 ang", ["12 Angry Men"]),
        ("twelve an", ["12 Angry Men"]),
        ("Emília p", ["Emilia Pérez"]),
        ("thegodfatherp", ["The Godfather Part II", "The Godfather, Part III"]),
        ("the godfather (1972)", ["The Godfather"]),
        ("Parasite 2019", ["Parasite"]),
        ("a beau", ["A Beautiful Mind"]),
    ],
)
def test_what_was_typed_is_compared_as_in_a_look_up(prefix: str, found: list[str]) -> None:
    assert begun(prefix)[: len(found)] == found


@pytest.mark.parametrize("prefix", ["!!", "zzz", "the godfather (1950)", "ﷺ" * 200, " "])
def test_where_nothing_begins_so_there_is_nothing(prefix: str) -> None:
    assert begun(prefix) == []


def test_own_titles_come_first_then_alternative_ones_then_later_words() -> None:
    index = TitleIndex(
        [
            film(1, "Blue Ant"),
            film(2, "Elsewhere", False, "The Antelope"),
            film(3, "Nowhere", True, "The Red Ant"),
            film(4, "The Antics"),
            film(5, "Ant"),
            film(6, "Ant", True),
        ]
    )
    assert [nominee.id for nominee in index.starting_with("ant", 10)] == [
        "tt6", "tt5", "tt4", "tt2", "tt1", "tt3",
    ]  # fmt: skip
    assert [nominee.id for nominee in index.starting_with("ant", 3)] == ["tt6", "tt5", "tt4"]


def test_an_article_that_was_typed_may_be_the_beginning_of_a_word() -> None:
    index = TitleIndex([film(1, "Apollo"), film(2, "A Boat"), film(3, "Bees"), film(4, "Abbey")])
    assert begun("a", index=index) == ["Abbey", "A Boat", "Apollo"]
    assert begun("a b", index=index) == ["Abbey", "A Boat", "Bees"]
    assert begun("the", index=index) == []


@pytest.mark.parametrize("nominee", NOMINEES.values(), ids=lambda nominee: nominee.id)
def test_each_nominee_is_listed_by_the_first_half_of_its_title(nominee: Nominee) -> None:
    for title in (nominee.title, *nominee.alternative_titles):
        assert nominee in INDEX.starting_with(title[: (len(title) + 1) // 2], 1000), title
        assert nominee in INDEX.starting_with(title, 20), title
    year = award_years(nominee.award_year)[0]
    assert INDEX.starting_with(f"{nominee.title} {year}", 20)[0] == nominee


def test_the_order_does_not_depend_on_that_of_the_list() -> None:
    shuffled = list(NOMINEES.values())
    random.Random(7).shuffle(shuffled)
    index = TitleIndex(shuffled)
    for prefix in ("p", "the", "la", "mutiny"):
        assert index.starting_with(prefix, 20) == INDEX.starting_with(prefix, 20)


def test_values_are_found_by_bisection_in_the_order_of_their_keys() -> None:
    found = PrefixIndex([("ab", 1), ("b", 2), ("a", 3), ("ab", 4), ("c", 5)])
    assert list(found.of("a")) == [3, 1, 4]
    assert list(found.of("ab")) == [1, 4]
    assert list(found.of("bb")) == []
    assert list(found.of("")) == [3, 1, 4, 2, 5]


def test_later_words_are_those_of_every_form_once() -> None:
    assert list(later_words(["the 12 men", "the twelve men", "the 12 men"])) == [
        "12men", "men", "twelvemen", "men",
    ]  # fmt: skip
