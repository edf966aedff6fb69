"""Rates as IMDb, Letterboxd, Trakt and we write them."""

import json

import pytest

from movieserver.errors import ConfigurationError
from movieserver.imports import values
from movieserver.imports.layouts import rates
from movieserver.imports.refusals import RowRefused
from movieserver.models import Rate
from tests.unit.imported import ANN, DATA, NOW, Write, finder, imported, rates_in


def test_imdb() -> None:
    found, refused = rates_in(DATA / "imdb_ratings.csv")
    assert found == [
        Rate("ann", "tt0050083", 9, values.moment("2020-01-05")),
        Rate("ann", "tt0068646", 10, values.moment("2021-02-06")),
        Rate("ann", "tt9999999", 7, values.moment("2021-02-08")),
    ]
    assert refused == [(4, "a series, not a film")]


def test_letterboxd_goes_by_title_and_year() -> None:
    found, refused = rates_in(DATA / "letterboxd_ratings.csv")
    assert [(rate.movie_id, rate.rate) for rate in found] == [
        ("tt6751668", 10),
        ("tt0211915", 9),
        ("tt0056264", 1),
    ]
    assert refused == [
        (5, "no film of that title and year is known"),
        (6, "the rating is '5.5', not from half a star to five"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        # IMDb's lists, the watchlist among them, have the columns of the ratings too.
        "Position,Const,Title,Title Type,Your Rating,Date Rated\n"
        "1,tt0050083,12 Angry Men,Movie,9,2020-01-05\n2,tt0068646,The Godfather,Movie,,\n",
        # Letterboxd's diary has the columns of the ratings and more.
        "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
        "2020-01-05,12 Angry Men,1957,https://boxd.it/9abc,4.5,,,2020-01-04\n"
        '2020-01-06,The Godfather,1972,https://boxd.it/1,,Yes,"a, b",2020-01-06\n',
        "imdbID,Title,Rating10,WatchedDate\n"
        "tt0050083,12 Angry Men,9,2020-01-05\ntt0068646,The Godfather,,\n",
    ],
)
def test_a_film_that_was_not_rated_is_passed_over(write: Write, content: str) -> None:
    films = finder()
    found, report = imported(write(content), rates.layouts(ANN, films), films)
    assert found == [Rate("ann", "tt0050083", 9, values.moment("2020-01-05"))]
    assert (report.skipped, report.refused) == (1, 0)


@pytest.mark.parametrize("name", ["trakt_ratings.csv", "trakt_ratings.json"])
def test_trakt(name: str) -> None:
    found, refused = rates_in(DATA / name)
    assert found == [Rate("ann", "tt0050083", 8, values.moment("2022-04-01T10:11:12Z"))]
    assert refused[0] == (3, "a show, not a film")


TRAKT = "rated_at,type,title,year,imdb_id,rating\n"
ON_TRAKT = "2022-04-01T10:11:12Z,movie,"


@pytest.mark.parametrize(
    ("film", "movie_id"),
    [
        ("Parasite,2019,", "tt6751668"),
        ("12 angry men,1957,", "tt0050083"),
        ("Mutiny on the Bounty,1962,", "tt0056264"),
        ("The Matrix,1999,", "tt0133093"),  # of the catalogue, and no nominee
        ("Parasite,,", "tt6751668"),
        ("Parasite 2019,,", "tt6751668"),
        ("The Matrix (1999),1999,", "tt0133093"),
        ("The Matrix 1998,,", "tt0133093"),  # one year off
        ("Blade Runner 2049,,", "tt1856101"),
        ("Blade Runner 2049 (2017),2017,", "tt1856101"),
        ("Blade Runner,,", "tt0083658"),
        ("2001: A Space Odyssey,,", "tt0062622"),
        ("Parasite,2019,tt7777777", "tt7777777"),  # an id counts more than a title
    ],
)
def test_trakts_films_without_an_id_go_by_title_and_year(
    write: Write, film: str, movie_id: str
) -> None:
    found, refused = rates_in(write(f"{TRAKT}{ON_TRAKT}{film},8\n"))
    assert refused == []
    assert found == [Rate("ann", movie_id, 8, values.moment("2022-04-01T10:11:12Z"))]


@pytest.mark.parametrize(
    ("film", "reason"),
    [
        ("Mutiny on the Bounty,,", "'Mutiny on the Bounty' may be any of tt0026752, tt0056264"),
        ("Mutiny on the Bounty,1984,", "no film of that title and year is known"),
        ("Parasite 1982,,", "no film of that title and year is known"),
        ("The Matrix (2031),,", "no film of that title and year is known"),
        ("The Matrix 2049,1999,", "no film of that title and year is known"),
        ("Blade Runner 2049,1982,", "no film of that title and year is known"),
        ("Nosuchfilm,2001,", "no film of that title and year is known"),
        (",2001,", "the title has 0 characters, not 1 to 500"),
        ("Parasite,soon,", "the year is 'soon', not a whole number of up to 18 digits"),
        ("Parasite,2019,0/0", "the film's id is '0/0', not 1 to 20 characters of A-Z a-z 0-9 _ -"),
    ],
)
def test_trakts_films_are_never_guessed(write: Write, film: str, reason: str) -> None:
    assert rates_in(write(f"{TRAKT}{ON_TRAKT}{film},8\n")) == ([], [(2, reason)])


def test_trakt_without_titles_needs_ids(write: Write) -> None:
    path = write("rated_at,type,rating,imdb_id\n2022-04-01,movie,8,\n2022-04-01,movie,8,tt1\n")
    found, [(number, reason)] = rates_in(path)
    assert ([rate.movie_id for rate in found], number) == (["tt1"], 2)
    assert reason.startswith("the film's id is ''")


def test_trakts_json_goes_by_title_too(write: Write) -> None:
    items = [
        {"rated_at": "2022-04-01", "rating": 8, "type": "movie", "movie": film}
        for film in (
            {"title": "Parasite", "year": 2019, "ids": {"trakt": 1, "imdb": None}},
            {"title": "Parasite", "year": 2019, "ids": {}},
            {"title": "Mutiny on the Bounty", "year": None, "ids": {"trakt": 2}},
            {"title": None, "year": None, "ids": None},
        )
    ]
    found, refused = rates_in(write(json.dumps(items)))
    assert [rate.movie_id for rate in found] == ["tt6751668"] * 2
    assert [number for number, _ in refused] == [4, 5]


def test_letterboxds_import_without_an_id_goes_by_title(write: Write) -> None:
    found, refused = rates_in(
        write(
            "imdbID,Title,Year,Rating10,WatchedDate\n"
            ",Parasite,2019,9,2020-01-05\n,Mutiny on the Bounty,,9,2020-01-05\n"
        )
    )
    assert [rate.movie_id for rate in found] == ["tt6751668"]
    assert refused[0][0] == 3


def test_a_title_that_may_be_two_films_is_not_guessed(write: Write) -> None:
    _, refused = rates_in(write("Date,Name,Year,Rating\n2020-01-01,Mutiny on the Bounty,,4\n"))
    [(number, reason)] = refused
    assert number == 2
    assert "tt0026752, tt0056264" in reason


def test_our_own_rates_keep_each_microsecond_and_each_user(write: Write) -> None:
    path = write(
        "user_id,movie_id,rate,rated_at\n"
        "bob,tt1,3,2020-01-01T00:00:00.000001+00:00\n"
        '"Zoë, 2",tt2,10,\n'
        "bob,tt3,1,2020-01-01T02:00:00+02:00\n"
        "bob,tt4,2,1970-01-01\n"
    )
    midnight = values.moment("2020-01-01")
    assert rates_in(path, rates.RateDefaults(None, NOW)) == (
        [
            Rate("bob", "tt1", 3, midnight + 1),
            Rate("Zoë, 2", "tt2", 10, 1),
            Rate("bob", "tt3", 1, midnight),
            Rate("bob", "tt4", 2, 1),
        ],
        [],
    )


def test_whole_numbers_may_be_written_as_pandas_does() -> None:
    assert values.rate("10.0") == 10
    assert values.year("2001.0") == 2001
    assert values.integer("1000000.0", "box office") == 1_000_000
    for text in (".0", "1.5", "1.00", "-1.0"):
        with pytest.raises(RowRefused, match="not a whole number"):
            values.integer(text, "box office")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("tt1,0,2020-01-01", "the rate is '0', not an integer from 1 to 10"),
        ("tt1,9.5,2020-01-01", "the rate is '9.5', not an integer from 1 to 10"),
        ("tt1,,2020-01-01", "the rate is '', not an integer from 1 to 10"),
        ("tt1", "1 cells under 3 columns"),
        ("t t,9,2020-01-01", "the film's id is 't t', not 1 to 20 characters of A-Z a-z 0-9 _ -"),
        (",9,2020-01-01", "the film's id is '', not 1 to 20 characters of A-Z a-z 0-9 _ -"),
        ("tt1,9,yesterday", "the date is 'yesterday', not one such as 2026-11-23"),
        ("tt1,9,1969-12-31", "the date is '1969-12-31', before 1970"),
        ("tt1,9,2026-11-25", "the date is '2026-11-25', in the future"),
        ("tt1,9,2020-01-01,too,many", "5 cells under 3 columns"),
    ],
)
def test_a_broken_row_is_refused_and_the_next_goes_in(write: Write, row: str, reason: str) -> None:
    found, refused = rates_in(write(f"movie_id,rate,rated_at\n{row}\ntt2,9,2020-01-01\n"))
    assert [rate.movie_id for rate in found] == ["tt2"]
    assert refused == [(2, reason)]


def test_two_columns_of_one_name_are_refused(write: Write) -> None:
    with pytest.raises(ConfigurationError, match="several columns are named rate"):
        rates_in(write("movie_id,rate,Rate\ntt1,9,8\n"))
    # Also of those that need not be there.
    with pytest.raises(ConfigurationError, match="several columns are named rated_at"):
        rates_in(write("movie_id,rate,rated_at,Rated At\ntt1,9,,2020-01-01\n"))


def test_a_date_that_is_today_somewhere_does_not_outlast_the_present(write: Write) -> None:
    path = write("movie_id,rate,rated_at\ntt1,9,2026-11-24\ntt2,9,2026-11-23T10:00\n")
    found, _ = rates_in(path)
    assert [rate.version for rate in found] == [NOW, NOW - 14 * 3600 * 10**6]
    later = rates.RateDefaults("ann", NOW + 3600 * 10**6)
    assert rates_in(path, later)[0] == found


def test_a_time_of_a_server_whose_clock_was_ahead_is_kept(write: Write) -> None:
    path = write("movie_id,rate,rated_at\ntt1,9,2026-11-23T10:00Z\ntt2,9,2026-11-24T01:00Z\n")
    found, refused = rates_in(path)
    assert [rate.version for rate in found] == [NOW + 10 * 3600 * 10**6]
    assert refused == [(3, "the date is '2026-11-24T01:00Z', in the future")]


def test_a_user_is_who_the_file_says_to_the_letter(write: Write) -> None:
    path = write("user_id,movie_id,rate\n ann ,tt1,9\n\u00a0,tt1,8\nann,tt1,7\n")
    found, _ = rates_in(path, rates.RateDefaults(None, NOW))
    assert [rate.user_id for rate in found] == [" ann ", "\u00a0", "ann"]


def test_whose_rates_must_be_said_once(write: Write) -> None:
    with pytest.raises(ConfigurationError, match="--user"):
        rates_in(write("movie_id,rate\ntt1,9\n"), rates.RateDefaults(None, NOW))
    with pytest.raises(ConfigurationError, match="leave out --user"):
        rates_in(write("user_id,movie_id,rate\nbob,tt1,9\n"))
