"""What files are taken for, and what becomes of their rows."""

import bz2
import json
import lzma
import os
from pathlib import Path

import pytest

from movieserver import catalogue
from movieserver.errors import ConfigurationError
from movieserver.imports import values
from movieserver.imports.batches import Reading
from movieserver.imports.layouts import academy_awards, nominees, rates
from movieserver.imports.report import SHOWN, Report
from movieserver.imports.source import LINE, Source
from movieserver.models import Movie, Nominee, Rate
from tests.unit.imported import (
    ANN,
    DATA,
    NOW,
    Write,
    finder,
    imported,
    movies_in,
    rates_in,
    reasons,
)


def test_the_academy_awards_as_they_are_around() -> None:
    films = finder()
    layouts = [nominees.layout(films), academy_awards.layout(films)]
    found, report = imported(DATA / "academy_awards.csv", layouts, films)
    known = {nominee.id: nominee for nominee in catalogue.shipped_nominees()}
    ids = ["tt1504320", "tt0947798", "tt0449467", "tt0034583", "tt0026752", "tt0023876"]
    assert [nominee.id for nominee in found] == [*ids, "tt0019729", "tt0018578"]
    babel: Nominee = found[2]
    assert babel.additional_info.startswith("Alejandro González Iñárritu")
    for nominee in found:
        assert nominee.additional_info
        assert (nominee.award_year, nominee.ceremony, nominee.won) == (
            known[nominee.id].award_year,
            known[nominee.id].ceremony,
            known[nominee.id].won,
        )
    assert found[-1].additional_info == "Paramount Famous Lasky"
    assert reasons(report) == [
        (10, "no film of that title and year is known"),
        (13, "the year is 'the year', not such as 1932/33 (6th)"),
    ]
    assert report.skipped == 2


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
        (6, "the rating is '5.5', not half a star to five"),
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
        ("Parasite,2019,0/0", "the film's id is '0/0', not 1 to 20 of A-Z a-z 0-9 _ -"),
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


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("tt1,0,2020-01-01", "the rate is '0', not an integer from 1 to 10"),
        ("tt1,9.5,2020-01-01", "the rate is '9.5', not an integer from 1 to 10"),
        ("tt1,,2020-01-01", "the rate is '', not an integer from 1 to 10"),
        ("tt1", "1 cells under 3 columns"),
        ("t t,9,2020-01-01", "the film's id is 't t', not 1 to 20 of A-Z a-z 0-9 _ -"),
        (",9,2020-01-01", "the film's id is '', not 1 to 20 of A-Z a-z 0-9 _ -"),
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


def test_a_date_that_is_today_somewhere_does_not_outlast_the_present(write: Write) -> None:
    found, _ = rates_in(write("movie_id,rate,rated_at\ntt1,9,2026-11-23T10:00\n"))
    assert [rate.version for rate in found] == [NOW]


def test_whose_rates_must_be_said_once(write: Write) -> None:
    with pytest.raises(ConfigurationError, match="--user"):
        rates_in(write("movie_id,rate\ntt1,9\n"), rates.RateDefaults(None, NOW))
    with pytest.raises(ConfigurationError, match="leave out --user"):
        rates_in(write("user_id,movie_id,rate\nbob,tt1,9\n"))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("id,title,year,box_office_value\ntt1,Amélie,,\n".encode(), "utf-8"),
        ("id,title,year,box_office_value\r\ntt1,Amélie,,\r\n".encode("utf-8-sig"), "utf-8"),
        ("id;title;year;box_office_value\ntt1;Amélie;;".encode("cp1252"), "cp1252"),
        ("id\ttitle\tyear\tbox_office_value\n\ntt1\tAmélie\n".encode(), "utf-8"),
        ("id,title,year,box_office_value,\x81\ntt1,Amélie,,\n".encode("latin-1"), "latin-1"),
    ],
)
def test_encodings_and_separators(write: Write, content: bytes, encoding: str) -> None:
    path = write(content)
    with Source(path) as source:
        assert source.encoding == encoding
    assert movies_in(path) == ([Movie("tt1", "Amélie")], [])


@pytest.mark.parametrize("blank", ["\n", "\r\n" * 40, " \n\t\n", "\n" * 20_000])
def test_empty_lines_before_the_header_do_not_count(write: Write, blank: str) -> None:
    content = f"{blank}id;title;year;box_office_value\ntt1;One;;\ntt2;;;\n"
    found, refused = movies_in(write(content))
    assert found == [Movie("tt1", "One")]
    assert refused == [(3, "the title has 0 characters, not 1 to 500")]
    given, _ = rates_in(write(blank + (DATA / "trakt_ratings.json").read_text()))
    assert len(given) == 1


def test_some_bytes_that_are_not_utf_8_spoil_their_rows_alone(write: Write) -> None:
    titles = "".join(f"tt{number},Amélie,,\n" for number in range(3))
    damaged = f"id,title,year,box_office_value\n{titles}".encode() + b"tt4,Caf\xe9,,\ntt5,Up,,\n"
    found, refused = movies_in(write(damaged))
    assert [movie.title for movie in found] == ["Amélie"] * 3 + ["Up"]
    assert refused == [(5, "it has bytes that are not UTF-8, as the rest of the file is")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n", "the file is empty"),
        (b"PK\x03\x04abc", "a zip archive"),
        (b"\x1f\x8babc", "a gzip file"),
        ("id,title".encode("utf-16"), "UTF-16"),
        ("id,title".encode("utf-32"), "UTF-32"),
        ("id,title".encode("utf-16-le"), "no text in UTF-8"),
        (bz2.compress(b"id,title"), "a bzip2 file; unpack it"),
        (lzma.compress(b"id,title"), "an xz file; unpack it"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7z archive; unpack it"),
        (b"\x28\xb5\x2f\xfd\x04", "a zstd file; unpack it"),
        (b"Rar!\x1a\x07\x01\x00", "a rar archive; unpack it"),
        (b"id,title,year\ntt1,One,2000\n", "it lacks box_office_value"),
        (b'"' + b"x" * LINE + b'",id\n', "no header that can be read"),
        (b'{"id": 1}', "no header that can be read: the JSON is no array"),
    ],
)
def test_what_is_no_list_says_what_it_is(write: Write, content: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        movies_in(write(content))


def test_a_directory_a_pipe_and_nothing_are_no_lists(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("", "directory"), ("pipe", "not a regular"), ("no", "No such file")):
        with pytest.raises(ConfigurationError, match=message):
            Source(tmp_path / name)


def test_a_huge_field_is_one_refusal(write: Write) -> None:
    header = "id,title,year,box_office_value\n"
    huge = "x" * 10_000_000
    found, refused = movies_in(write(f"{header}tt1,One,,\ntt2,{huge},,\ntt3,Three,,\n"))
    assert [movie.id for movie in found] == ["tt1", "tt3"]
    assert refused == [(3, f"a line of more than {LINE} characters")]


def test_a_huge_field_of_many_lines_is_one_refusal_and_its_lines_are_no_rows(write: Write) -> None:
    header = "id,title,year,box_office_value\n"
    for line in ("tt9,Injected,,\n", "x" * (LINE + 1) + "\n"):
        huge = line * (4 * LINE // len(line))
        found, refused = movies_in(write(f'{header}tt1,One,,\ntt2,"{huge}",,\ntt3,Three,,\n'))
        assert [movie.id for movie in found] == ["tt1", "tt3"]
        [(number, reason)] = refused
        assert number == 3
        assert "; lines 3 to " in reason


@pytest.mark.parametrize("added", [b"9\ntt3,9\n", b""])
def test_a_file_that_changes_while_it_is_read_is_broken_off(write: Write, added: bytes) -> None:
    path = write("movie_id,rate\ntt1,9\ntt2,1")
    report = Report()
    with Source(path) as source:
        reading = Reading(source, rates.layouts(ANN, finder()), report)
        with path.open("ab") as file:
            file.write(added or b"0")
        os.utime(path, ns=(1, 1))
        found = reading.next_window(lambda row: 0).rows
    assert "changed while it was read" in str(report.broken_off)
    assert [rate.movie_id for rate in found] == ["tt1"]
    assert not report.complete


def test_json_that_ends_in_the_middle_is_broken_off(write: Write) -> None:
    content = (DATA / "trakt_ratings.json").read_text()
    films = finder()
    path = write(content[: len(content) // 3 + 150])
    found, report = imported(path, rates.layouts(ANN, films), films)
    assert len(found) == 1
    assert "the JSON's array has no end: Unterminated string" in str(report.broken_off)


def test_the_report_shows_the_first_refusals_and_counts_all(write: Write) -> None:
    films = finder()
    path = write("movie_id,rate\n" + "tt1,\x1b[2J\n" * 50)
    _, report = imported(path, rates.layouts(ANN, films), films)
    lines = report.lines("rates", dry_run=True)
    assert len(lines) == SHOWN + 2
    assert lines[0] == "row 2: the rate is '�[2J', not an integer from 1 to 10 (tt1,�[2J)"
    assert lines[-2:] == [
        "… and 30 more rows refused; --report FILE lists all",
        "0 rates would go in, 50 refused",
    ]


def test_the_report_shows_the_first_remarks_and_counts_all() -> None:
    report = Report()
    for number in range(SHOWN + 30):
        report.remark(f"row {number}")
    lines = report.lines("nominees", dry_run=False)
    assert lines[SHOWN - 1 : -1] == ["WARNING: row 19", "WARNING: … and 30 more such rows"]
    assert report.complete
