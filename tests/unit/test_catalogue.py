"""The shipped nominees and movies."""

from collections import Counter
from pathlib import Path

from movieserver import catalogue
from movieserver.models import Movie

NOMINEES = catalogue.shipped_nominees()
MOVIES = {movie.id: movie for movie in catalogue.shipped_movies()}
CEREMONIES = range(1, 99)


def test_all_nominees_to_the_98th_ceremony_are_there_once() -> None:
    assert len(NOMINEES) == 621
    assert len({nominee.id for nominee in NOMINEES}) == 621
    assert {nominee.ceremony for nominee in NOMINEES} == set(CEREMONIES)


def test_each_ceremony_has_one_winner() -> None:
    winners = Counter(nominee.ceremony for nominee in NOMINEES if nominee.won)
    assert winners == dict.fromkeys(CEREMONIES, 1)


def test_the_films_year_and_the_academys_are_told_apart() -> None:
    [racket] = [nominee for nominee in NOMINEES if nominee.title == "The Racket"]
    assert racket.film_year == 1928
    assert racket.year == "1927/28 (1st)"
    [wings] = [nominee for nominee in NOMINEES if nominee.title == "Wings"]
    assert wings.film_year == 1927
    assert wings.year == "1927/28 (1st)"
    assert wings.won


def test_a_nominee_is_what_the_contract_shows() -> None:
    [angry] = [nominee for nominee in NOMINEES if nominee.id == "tt0050083"]
    assert angry.title == "12 Angry Men"
    assert angry.year == "1957 (30th)"
    assert angry.additional_info == "Henry Fonda and Reginald Rose, Producers"
    assert not angry.won


def test_alternative_titles_are_those_of_their_film() -> None:
    rows = list(catalogue._rows("alternative_titles.csv"))
    titles = {nominee.id: nominee.alternative_titles for nominee in NOMINEES}
    assert sum(map(len, titles.values())) == len(rows)
    for row in rows:
        assert row["title"] in titles[row["id"]]


def test_no_title_has_white_space_around_it() -> None:
    for nominee in NOMINEES:
        for title in (nominee.title, *nominee.alternative_titles):
            assert title
            assert title == title.strip()


def test_the_catalogue_has_all_movies_once_and_the_nominees_among_them() -> None:
    assert len(catalogue.shipped_movies()) == len(MOVIES) == 7508
    assert {nominee.id for nominee in NOMINEES} <= MOVIES.keys()


def test_an_unknown_box_office_is_none_and_not_zero() -> None:
    known = [movie.box_office_value for movie in MOVIES.values() if movie.box_office_value]
    assert len(known) == 2838
    assert all(movie.box_office_value != 0 for movie in MOVIES.values())
    assert MOVIES["tt0499549"] == Movie("tt0499549", "Avatar", 2009, 2_783_918_982)


def test_the_notices_are_shipped() -> None:
    licence = catalogue.DATA.joinpath("LICENSE-oscar_data").read_text("utf-8")
    notice = (Path(catalogue.__file__).parents[1] / "NOTICE").read_text("utf-8")
    assert "Copyright (c) 2022, David V. Lu!!" in licence
    assert "Copyright (c) 2022, David V. Lu!!" in notice
    assert "CC BY 4.0" in notice
