"""What files are taken for, and what is told of what is wrong with them."""

import bz2
import lzma
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from movieserver import catalogue
from movieserver.backends.sqlite.database import Database
from movieserver.backends.sqlite.movie_store import SqliteMovieStore
from movieserver.clock import SystemClock
from movieserver.commands.import_ import Importing
from movieserver.errors import ConfigurationError, StoreUnavailable
from movieserver.imports.batches import RowReader, batches
from movieserver.imports.layouts import academy_awards, nominees, rates
from movieserver.imports.report import SHOWN, Report
from movieserver.imports.source import LINE, Source
from movieserver.models import Movie, Nominee
from movieserver.services import Stores
from tests.unit.imported import ANN, DATA, Write, finder, imported, movies_in, rates_in, reasons


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
        (13, "the year is 'the year', not one such as 1932/33 (6th)"),
    ]
    assert report.skipped == 2


def test_our_own_list_of_nominees(write: Write) -> None:
    films = finder()
    known = next(each for each in films.nominees.values() if each.alternative_titles)
    rows = [
        f"{known.id},Known,1999,71,Somebody,yes,1998",
        "tt1,New,1933,6,,no,1932/33",
        "tt2,Wrong,1933,6,,no,1932-33",
        f"tt3,{'x' * 201},1933,6,,no,1932/33",
    ]
    content = "\n".join(["id,title,year,ceremony,additional_info,won,award_year", *rows])
    found, report = imported(write(content), [nominees.layout(films)], films)
    assert found == [
        Nominee(known.id, "Known", 1999, "1998", 71, "Somebody", True, known.alternative_titles),
        Nominee("tt1", "New", 1933, "1932/33", 6, "", False),
    ]
    assert reasons(report) == [
        (4, "award_year is '1932-33', not one such as 1932/33"),
        (5, "the title has 201 characters, not 1 to 200"),
    ]


def test_our_own_catalogue(write: Write) -> None:
    rows = ["tt1,One,1999,5000", "tt2,Two,2001.0,", "tt3,Three,,0", "tt4,Four,1066,1"]
    found, refused = movies_in(write("\n".join(["id,title,year,box_office_value", *rows])))
    assert found == [
        Movie("tt1", "One", 1999, 5000),
        Movie("tt2", "Two", 2001),
        Movie("tt3", "Three", None, 0),
    ]
    [(line, reason)] = refused
    assert (line, reason.partition(", not ")[0]) == (5, "the year is 1066")


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


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_first_line_that_names_the_separator_does_not_count(write: Write, separator: str) -> None:
    rows = [
        ["id", "title", "year", "box_office_value"],
        ["tt1", "One", "", ""],
        ["tt2", "", "", ""],
    ]
    lines = [f"sep={separator}", *map(separator.join, rows)]
    found, refused = movies_in(write("\ufeff" + "\r\n".join(lines)))
    assert found == [Movie("tt1", "One")]
    assert refused == [(3, "the title has 0 characters, not 1 to 500")]


def test_some_bytes_that_are_not_utf_8_spoil_their_rows_alone(write: Write) -> None:
    titles = "".join(f"tt{number},Amélie,,\n" for number in range(3))
    damaged = f"id,title,year,box_office_value\n{titles}".encode() + b"tt4,Caf\xe9,,\ntt5,Up,,\n"
    found, refused = movies_in(write(damaged))
    assert [movie.title for movie in found] == ["Amélie"] * 3 + ["Up"]
    assert refused == [(5, "it has bytes that are not UTF-8, unlike the rest of the file")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n", "the file is empty"),
        (b"PK\x03\x04abc", "a zip archive"),
        (b"\x1f\x8babc", "a gzip file"),
        ("id,title".encode("utf-16"), "UTF-16"),
        ("id,title".encode("utf-32"), "UTF-32"),
        ("id,title".encode("utf-16-le"), "not UTF-8 text"),
        (bz2.compress(b"id,title"), "a bzip2 file; unpack it"),
        (lzma.compress(b"id,title"), "an xz file; unpack it"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7z archive; unpack it"),
        (b"\x28\xb5\x2f\xfd\x04", "a zstd file; unpack it"),
        (b"Rar!\x1a\x07\x01\x00", "a rar archive; unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file; save it as CSV"),
        (b"id,title,year\ntt1,One,2000\n", "it lacks box_office_value"),
        (b'"' + b"x" * LINE + b'",id\n', "its header cannot be read"),
        (b'{"id": 1}', ": the JSON is not an array of rates"),
    ],
)
def test_what_is_no_list_says_what_it_is(write: Write, content: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        movies_in(write(content))


def test_a_directory_a_pipe_and_nothing_are_no_lists(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, message in (
        ("", "directory"),
        ("pipe", "save its content to a file"),
        ("no", "No such file"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            Source(tmp_path / name)


def test_a_film_that_nobody_could_ask_for_is_refused(write: Write) -> None:
    rows = "id,title,year,box_office_value\ntop10,Ten,,\ntop11,Eleven,,\n"
    found, refused = movies_in(write(rows))
    assert [movie.id for movie in found] == ["top11"]
    said = "the film's id is 'top10', which is reserved for /movies/top10"
    assert refused == [(2, said)]


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


def test_a_line_may_be_as_long_as_the_rest_of_a_large_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movieserver.imports.source.LINE", 100)
    path = write(f"id,title,year,box_office_value\ntt1,One,,\n{'x' * 200_000}\ntt3,Three,,\n")
    found, [(number, reason)] = movies_in(path)
    assert [movie.id for movie in found] == ["tt1", "tt3"]
    assert (number, reason) == (3, "a line of more than 100 characters")


@pytest.mark.parametrize("added", [b"9\ntt3,9\n", b""])
def test_a_file_that_changes_while_it_is_read_is_broken_off(write: Write, added: bytes) -> None:
    path = write("movie_id,rate\ntt1,9\ntt2,1")
    report = Report()
    with Source(path) as source:
        reading = RowReader(source, rates.layouts(ANN, finder()), report)
        with path.open("ab") as file:
            file.write(added or b"0")
        os.utime(path, ns=(1, 1))
        found = reading.next_window(lambda row: 0).rows
    assert "changed while it was read" in str(report.broken_off)
    assert [rate.movie_id for rate in found] == ["tt1"]
    assert not report.complete


def test_the_report_shows_the_first_refusals_and_counts_all(write: Write) -> None:
    films = finder()
    path = write("movie_id,rate\n" + "tt1,\x1b[2J\n" * 50)
    _, report = imported(path, rates.layouts(ANN, films), films)
    lines = report.lines("rate", dry_run=True)
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
    lines = report.lines("nominee", dry_run=False)
    assert lines[SHOWN - 1 : -1] == ["WARNING: row 19", "WARNING: … and 30 more such rows"]
    assert report.complete


def test_bytes_that_are_no_utf_8_and_came_later_are_refused(write: Write) -> None:
    path = write("movie_id,rate\ntt1,9\n")
    report = Report()
    with Source(path) as source:
        reading = RowReader(source, rates.layouts(ANN, finder()), report)
        with path.open("ab") as file:
            file.write(b"tt2,\xe9\ntt3,5\n")
        reading.next_window(lambda row: 0)
    assert "not UTF-8" in str(report.refusals[0])


def test_a_file_that_cannot_be_read_is_no_list() -> None:
    with pytest.raises(ConfigurationError, match="/proc/self/mem: Input/output error"):
        Source(Path("/proc/self/mem"))


def test_rows_of_one_key_are_in_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("movieserver.imports.batches.BATCH", 3)
    found = [[*batch] for batch, _ in batches([1, 2, 3, 3, 3, 4, 5, 6, 7], lambda row: row)]
    assert found == [[1, 2, 3, 3, 3], [4, 5, 6], [7]]


class Away(SqliteMovieStore):
    """A store that answers nothing."""

    async def put_movies(self, movies: Sequence[Movie]) -> None:
        raise StoreUnavailable("away")

    async def refresh_top10(self) -> bool:
        raise StoreUnavailable("away")


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("rows", "said"), [("tt1,Film,,\n", "away"), ("", "all rows went in; .*: away")]
)
async def test_a_store_that_goes_away_breaks_an_import_off_with_a_report(
    write: Write, tmp_path: Path, rows: str, said: str
) -> None:
    store = Away(Database(tmp_path / "m.db", SystemClock(), 5.0))
    report = Report()
    with Source(write(f"id,title,year,box_office_value\n{rows}")) as source:
        await Importing(source, Stores({"movies": store}), report, dry_run=False).movies()
    assert re.fullmatch(said, str(report.broken_off))
