import random
import string

import pytest

from movieserver.titles.suggestions import Suggester
from tests.unit.nominees import INDEX, NOMINEES, suggested

MISSPELT = [
    ("Parasit", "Parasite"),
    ("Casablnca", "Casablanca"),
    ("Shawshenk Redemtion", "The Shawshank Redemption"),
    ("Schindlers Lst", "Schindler's List"),
    ("Crouching Tigger Hiden Dragon", "Crouching Tiger, Hidden Dragon"),
    ("Inglorious Bastards", "Inglourious Basterds"),
    ("Goodfelas", "Good Fellas"),
    ("Forest Gump", "Forrest Gump"),
    ("Djano Unchaned", "Django Unchained"),
    ("Amadues", "Amadeus"),
    ("Ghandi", "Gandhi"),
    ("Jawz", "Jaws"),
    ("Rokcy", "Rocky"),
    ("Nomanland", "Nomadland"),
    ("Openheimer", "Oppenheimer"),
    ("Lawrance of Arabia", "Lawrence of Arabia"),
    ("Silence of the Lams", "The Silence of the Lambs"),
    ("Slumdog Milionaire", "Slumdog Millionaire"),
    ("Brokeback Montain", "Brokeback Mountain"),
    ("Dr Strangelov", "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb"),
    ("Erin Brokovich", "Erin Brockovich"),
    ("Bohemian Rapsody", "Bohemian Rhapsody"),
    ("Citzen Kane", "Citizen Kane"),
    ("Wars Star", "Star Wars"),
    ("Flower Moon Killers", "Killers of the Flower Moon"),
    ("Part Two Dune", "Dune: Part Two"),
    ("Twelv Angry Men", "12 Angry Men"),
    ("a tousand clowns", "A Thousand Clowns"),
    ("Miracle on Thirty-Forth Street", "Miracle on 34th Street"),
    ("Wutherng Hights", "Wuthering Heights"),
    ("Ninotcka", "Ninotchka"),
    ("Chariots of Fie", "Chariots of Fire"),
    ("Everythng Everywere All at Once", "Everything Everywhere All at Once"),
    ("Anatomy of a Fal", "Anatomy of a Fall"),
    ("The Banshes of Inishirin", "The Banshees of Inisherin"),
    ("Benjamin Buton", "The Curious Case of Benjamin Button"),
]


@pytest.mark.parametrize(("title", "meant"), MISSPELT)
def test_a_misspelt_title_is_suggested_first(title: str, meant: str) -> None:
    assert INDEX.find(title) is None
    assert suggested(title)[0] == meant


def test_a_series_is_suggested_whole() -> None:
    assert set(suggested("The Lord of the Rings")[:3]) == {
        nominee.title for nominee in NOMINEES.values() if "Lord of the Rings" in nominee.title
    }


@pytest.mark.parametrize(
    "title",
    [
        "Avengers: Endgame",
        "Skyfall",
        "Ghostbusters",
        "The Matrix",
        "zzzzzz",
        "qu",
        "x",
        "",
        "The",
        "?",
    ],
)
def test_nothing_silly_is_suggested(title: str) -> None:
    assert suggested(title) == []


def test_the_film_of_another_year_is_suggested() -> None:
    assert suggested("Father of the Bride (1991)")[0] == "Father of the Bride"
    assert suggested("Dune (1984)") == ["Dune", "Dune: Part Two"]


def test_one_wrong_letter_never_names_another_film_and_is_mended() -> None:
    choose = random.Random(11)
    missed = 0
    for nominee in NOMINEES.values():
        place = choose.randrange(len(nominee.title))
        letter = choose.choice(string.ascii_lowercase)
        title = f"{nominee.title[:place]}{letter}{nominee.title[place + 1 :]}".lower()
        answer = INDEX.find(title)
        assert answer is None or nominee.title in answer.body.decode(), title
        missed += answer is None and nominee.id not in [each.id for each in INDEX.suggest(title)]
    assert missed <= len(NOMINEES) // 50


def test_each_film_is_suggested_once_and_no_more_than_asked_for() -> None:
    close = [nominee.id for nominee in INDEX.suggest("Mutiny on the Bouncy")]
    assert len(close) == len(set(close)) == 2
    assert [nominee.id for nominee in INDEX.suggest("Mutiny on the Bouncy", 1)] == close[:1]
    assert INDEX.suggest("Mutiny on the Bouncy", 0) == []
    assert len(INDEX.suggest("Star")) <= 5


def test_the_closest_comes_first_whatever_the_order_of_the_list() -> None:
    titles = ["red sun", "red sunset", "blue moon", "sun red"]
    expected = list(Suggester(titles).closest("red sum"))
    assert expected[0] == "red sun"
    assert "blue moon" not in expected
    assert next(Suggester(titles[::-1]).closest("red sum")) == "red sun"


def test_a_whole_title_comes_before_a_part_of_one() -> None:
    assert list(Suggester(["star", "star wars"]).closest("star wors")) == ["star wars", "star"]


def test_a_number_is_a_title_that_may_be_misspelt() -> None:
    assert suggested("1916") == ["1917"]


def test_a_long_list_hides_no_title() -> None:
    titles = [*(f"common words number {each}" for each in range(20_000)), "uncommon wards"]
    suggester = Suggester(titles)
    assert next(suggester.closest("uncomon wards")) == "uncommon wards"
    assert next(suggester.closest("common words number 12345")) == "common words number 12345"
