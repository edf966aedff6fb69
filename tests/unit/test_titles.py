import json
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import pytest

from movieserver.catalogue import shipped_movies
from movieserver.models import Nominee
from movieserver.titles import TitleIndex, award_years, nominee_json, suggestion_json
from movieserver.titles.keys import fold, key
from tests.unit.nominees import DATA, INDEX, NOMINEES, found

NOT_NOMINATED = (DATA / "not_nominated.txt").read_text("utf-8").splitlines()
OWN_KEYS = {key(fold(nominee.title)) for nominee in NOMINEES.values()}

WINGS = Nominee("tt0018578", "Wings", 1927, "1927/28", 1, "Paramount Famous Lasky", True)


def film(number: int, title: str, year: int, won: bool = False, *others: str) -> Nominee:
    return Nominee(f"tt{number}", title, year, str(year), year - 1928, "", won, others)


def typed(title: str) -> Iterator[str]:
    """The same title as others type it."""
    yield from (title, title.upper(), title.lower(), f" {title}. ", f'"{title}"')
    yield from (unicodedata.normalize(form, title) for form in ("NFC", "NFD", "NFKC", "NFKD"))
    yield "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in title)
    yield "\u200b".join(title)
    yield title.replace(" ", "\u00a0 ")
    yield title.replace("'", "’")
    yield title.replace(": ", " – ")
    yield title.replace(":", "")
    yield title.replace(" and ", " & ")
    yield title.replace("&", "and")
    yield title.replace(" ", "_").replace("&", "and")
    yield title.replace(" ", "")
    article, _, rest = title.partition(" ")
    if article in ("The", "A", "An"):
        yield from (rest, f"{rest}, {article}", rest.replace(" ", ""))
    else:
        yield f"The {title}"


@pytest.mark.parametrize("nominee", NOMINEES.values(), ids=lambda nominee: nominee.id)
def test_each_nominee_is_found_however_its_title_is_typed(nominee: Nominee) -> None:
    for title in typed(nominee.title):
        assert nominee.id in found(title), title
        for year in {nominee.film_year, *award_years(nominee.award_year)}:
            assert found(title, year) == [nominee.id], (title, year)
            assert found(f"{title} ({year})") == [nominee.id], (title, year)
            assert found(f"{title} {year}") == [nominee.id], (title, year)
        assert found(f"{title} ({nominee.award_year})") == [nominee.id], title
        assert found(title, 1900) == found(f"{title} (1900)") == [], title


def test_no_other_film_of_the_catalogue_is_taken_for_a_nominee() -> None:
    others = [movie for movie in shipped_movies() if movie.id not in NOMINEES]
    assert len(others) > 6800
    for movie in others:
        assert found(movie.title) == [] or key(fold(movie.title)) in OWN_KEYS, movie
        assert found(f"{movie.title} ({movie.year})") == [], movie
        assert found(f"{movie.title} {movie.year}") == [], movie
        assert found(movie.title, movie.year) == [], movie


@pytest.mark.parametrize("title", NOT_NOMINATED)
def test_a_well_known_film_that_was_not_nominated_is_not_found(title: str) -> None:
    alone = title.rpartition(" (")[0]
    assert found(title) == []
    assert found(alone) == [] or key(fold(alone)) in OWN_KEYS


@pytest.mark.parametrize(
    "title",
    [
        *("", " ", "The", "a", " AN ", "The.", "'The'", "the the", "...", "?!", "\u200b", "(film)"),
        *(
            "Star",
            "God",
            "Father of",
            "Godfather Part IV",
            "The Lord of the Rings",
            "and",
            "Part II",
        ),
    ],
)
def test_what_is_no_title_is_not_found(title: str) -> None:
    assert found(title) == []


def test_an_answer_is_the_contracts_nominee() -> None:
    index = TitleIndex([WINGS])
    answer = index.find("wings")
    assert answer is not None
    assert json.loads(answer.body) == {
        "id": "tt0018578",
        "title": "Wings",
        "year": "1927/28 (1st)",
        "additional_info": "Paramount Famous Lasky",
        "won": True,
    }
    assert json.loads(answer.body) == nominee_json(WINGS)
    assert suggestion_json(WINGS) == {"id": "tt0018578", "title": "Wings", "year": "1927/28 (1st)"}


def test_answers_are_made_once() -> None:
    for title in ("Jaws", "Mutiny on the Bounty", "Mutiny on the Bounty (1935)"):
        assert INDEX.find(title) is INDEX.find(title.upper())


def test_films_that_share_a_title_come_winner_first_then_newest_then_by_id() -> None:
    old, new = film(1, "Twins", 1950), film(2, "The Twins", 1990)
    winner, same_year = film(3, "Twins!", 1940, True), film(4, "twins", 1990)
    films = [old, new, winner, same_year]
    for seed in range(10):
        random.Random(seed).shuffle(films)
        assert found("twins", index=TitleIndex(films)) == ["tt3", "tt2", "tt4", "tt1"]
        assert found("twins", 1990, TitleIndex(films)) == ["tt2", "tt4"]
        assert found("twins (1950)", index=TitleIndex(films)) == ["tt1"]


def test_a_films_own_title_comes_before_anothers_alternative_title() -> None:
    other = film(1, "Gemini", 1990, True, "Twins")
    assert found("Twins", index=TitleIndex([other, film(2, "Twins", 1950)])) == ["tt2", "tt1"]


def test_a_year_leaves_no_alternatives() -> None:
    answer = INDEX.find("Mutiny on the Bounty", 1962)
    assert answer is not None
    assert "alternatives" not in json.loads(answer.body)


@pytest.mark.parametrize(
    ("title", "year", "ids"),
    [
        ("Mutiny on the Bounty (1935)", 1935, ["tt0026752"]),
        ("Mutiny on the Bounty (1935)", 1962, []),
        ("Wings (1927)", 1928, ["tt0018578"]),
        ("Wings (1927)", 1929, []),
        ("1917", 2019, ["tt8579674"]),
        ("(1917)", None, ["tt8579674"]),
        ("1917", 1917, []),
        ("1917 (2019)", 2019, ["tt8579674"]),
        ("Broadway Melody of 1936", 1935, ["tt0026144"]),
        ("Broadway Melody of 1936 (1935)", None, ["tt0026144"]),
        ("Broadway Melody of 1936", 1936, []),
        ("Casablanca", 1942, ["tt0034583"]),
        ("Casablanca", 1943, ["tt0034583"]),
        ("Casablanca", 1944, []),
        ("卧虎藏龙 (2000)", None, ["tt0190332"]),
        ("卧虎藏龙", 2001, []),
    ],
)
def test_every_year_that_is_given_must_fit(title: str, year: int | None, ids: list[str]) -> None:
    assert found(title, year) == ids


def test_joined_titles_must_both_name_the_same_film() -> None:
    index = TitleIndex([film(1, "Alpha", 1950, False, "Beta"), film(2, "Gamma", 1960)])
    for title in ("Alpha: Beta", "Beta (Alpha)", "Alpha / Beta", "Alpha, or Beta", "Beta - Alpha"):
        assert found(title, index=index) == ["tt1"], title
    for title in ("Alpha (a.k.a. Beta) (1950)", "Alpha aka Beta", "Alpha a.k.a. Beta"):
        assert found(title, index=index) == ["tt1"], title
    for title in (
        "Alpha: Gamma",
        "Alpha: Delta",
        "Delta: Beta",
        "Alpha: Beta (1951)",
        "Alpha Beta",
    ):
        assert found(title, index=index) == [], title


def test_an_alternative_title_with_a_year_adds_the_year_to_every_title() -> None:
    index = TitleIndex([film(1, "Alpha", 1950, False, "Beta", "Alpha (1948)")])
    assert found("Beta", 1948, index) == found("alpha 1948", index=index) == ["tt1"]
    assert found("alpha", 1949, index) == []


def test_an_award_year_may_be_two_years() -> None:
    assert award_years("1957") == [1957]
    assert award_years("1932/33") == [1932, 1933]
    assert award_years("1999/00") == [1999, 2000]
    assert award_years("unknown") == []


def test_an_index_of_nothing_finds_and_suggests_nothing() -> None:
    index = TitleIndex([])
    assert index.find("Wings") is None
    assert index.suggest("Wings") == []


def test_titles_without_a_key_are_never_found() -> None:
    nameless = [replace(WINGS, title=title) for title in ("", "The", "A", "an", "x" * 201)]
    index = TitleIndex(nameless)
    for nominee in nameless:
        assert index.find(nominee.title) is None
        assert index.suggest(nominee.title) == []


@pytest.mark.parametrize("title", ["!!!", "?", "🎬🔥", "… …"])
def test_a_title_of_nothing_but_signs_is_found_by_them(title: str) -> None:
    index = TitleIndex([WINGS, replace(WINGS, id="tt1", title=title)])
    found = index.find(title.replace(" ", ""))
    assert found is not None
    assert json.loads(found.body)["id"] == "tt1"
    assert [nominee.id for nominee in index.starting_with(title[0], 9)] == ["tt1"]
    assert index.find("#") is None


@pytest.mark.parametrize("title", ["Mutiny on the Bounty", "Parasite 2019", "Parasite 1982"])
def test_nominees_are_those_that_an_answer_names(title: str) -> None:
    answer = INDEX.find(title)
    named = json.loads(answer.body) if answer else {}
    ids = [each["id"] for each in (named, *named.get("alternatives", ())) if each]
    assert [nominee.id for nominee in INDEX.nominees(title)] == ids
