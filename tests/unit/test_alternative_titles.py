"""The alternative titles that ship: each adds something, none takes another film's title."""

import csv
from collections import defaultdict
from importlib.resources import files

from movieserver.catalogue import shipped_movies
from movieserver.titles import award_years
from movieserver.titles.keys import fold, key, readings
from tests.unit.nominees import NOMINEES

TEXT = files("movieserver").joinpath("data/alternative_titles.csv").read_text("utf-8")
ROWS = list(csv.DictReader(TEXT.splitlines()))


def test_each_row_is_a_nominees_and_adds_a_title_or_a_year() -> None:
    keys = {each.id: {key(fold(each.title))} for each in NOMINEES.values()}
    years = {each.id: {each.film_year, *award_years(each.award_year)} for each in NOMINEES.values()}
    assert len(ROWS) > 400
    for row in ROWS:
        reading = readings(fold(row["title"]))[0]
        film_keys, film_years = keys[row["id"]], years[row["id"]]
        assert key(reading.text) not in film_keys or not film_years.issuperset(reading.years), row
        assert key(reading.text), row
        film_keys.add(key(reading.text))
        film_years.update(reading.years)


def test_no_two_films_have_the_same_alternative_title() -> None:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        reading = readings(fold(row["title"]))[0]
        if not reading.years:
            owners[key(reading.text)].add(row["id"])
    for nominee in NOMINEES.values():
        owners[key(fold(nominee.title))] -= {nominee.id}
    assert [title for title, films in owners.items() if len(films) > 1] == []


def test_no_alternative_title_is_the_title_of_another_film() -> None:
    titles = defaultdict(set)
    for movie in shipped_movies():
        titles[key(fold(movie.title))].add(movie.id)
    for row in ROWS:
        reading = readings(fold(row["title"]))[0]
        own = key(fold(NOMINEES[row["id"]].title))
        if key(reading.text) != own:
            assert titles[key(reading.text)] <= {row["id"]}, row
