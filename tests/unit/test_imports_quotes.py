"""Quotation marks and line ends in imported CSV."""

import pytest

from movieserver.imports.layouts import academy_awards, movies, rates
from movieserver.models import Movie
from tests.unit.imported import ANN, Write, finder, imported, movies_in, rates_in, reasons


@pytest.mark.parametrize("following", [0, 3, 20_000])
def test_a_quote_that_is_never_closed_costs_its_line_alone(write: Write, following: int) -> None:
    rows = "".join(f"tt{number},Film,,\n" for number in range(following))
    path = write(f'id,title,year,box_office_value\ntt7,Seven,,\n\ntt,"Open,,\n{rows}')
    found, report = imported(path, [movies.layout()], finder())
    assert [movie.id for movie in found] == ["tt7", *(f"tt{n}" for n in range(following))]
    assert [refusal.line for refusal in report.refusals] == [
        'row 3: a quotation mark on line 4 is not closed (tt,"Open,,)'
    ]


IMDB = "Const,Your Rating,Date Rated,Title,Title Type\n"
PLAIN = "".join(f"tt{number},8,2020-01-06,Plain,Movie\n" for number in range(20_000))


@pytest.mark.parametrize(
    ("rows", "ids", "lines"),
    [
        # the next quotation mark opens another field; it is the end of the field, but of a row
        # that is too wide, or of a column that is read; it is there many lines later.
        ('tt1,9,,"Open,Movie\ntt2,8,,Plain,Movie\ntt3,7,,"Quoted",Movie\n', ["tt2", "tt3"], [2]),
        ('tt1,9,,"Open,Movie\ntt2,8,,Plain",Movie,\ntt3,7,,,\n', ["tt2", "tt3"], [2]),
        ('tt1,9,,A,"Movie\ntt2,8,,Plain,Movie"\ntt3,7,,,\n', ["tt2", "tt3"], [2]),
        ('tt1,9,,"Open,Movie\ntt2,8,,Plain",Movie\ntt3,7,,,\n', ["tt2", "tt3"], [2]),
        ('tt1,9,,"Open,Movie\ntt2,8,,Pl"ain,Movie\ntt3,7,,,\n', ["tt2", "tt3"], [2]),
        ('"tt1,9,,A,"Mov"ie,"\ntt2,8,,,\n"tt3,7,,,\ntt4,8,,,\n', ["tt2", "tt4"], [2, 4]),
        ('tt1,9,,"Open,Movie\n' * 20 + "tt2,8,,,\n", ["tt2"], [*range(2, 22)]),
        ('a","c\n' * 20_000 + "tt2,8,,,\n", ["tt2"], [*range(2, 22)]),
    ],
)
def test_a_stray_quote_costs_its_line_alone(
    write: Write, rows: str, ids: list[str], lines: list[int]
) -> None:
    films = finder()
    found, report = imported(write(IMDB + rows), rates.layouts(ANN, films), films)
    assert [rate.movie_id for rate in found] == ids
    said = "a quotation mark on line"
    assert reasons(report) == [(number, f"{said} {number} is not closed") for number in lines]


def test_what_is_far_behind_a_stray_quote_goes_in(write: Write) -> None:
    stray = 'tt1,9,,"Open,Movie\n'
    found, refused = rates_in(write(f'{IMDB}{stray}{PLAIN}ttq,8,,"Quoted",Movie\n{stray}{PLAIN}'))
    assert len(found) == 40_001
    assert [number for number, _ in refused] == [2, 20_004]


def test_lines_of_a_column_that_nobody_reads_are_one_row(write: Write) -> None:
    header = "Date,Name,Year,Letterboxd URI,Rating,Review,Tags\n"
    review = 'Good.\r\n\r\nHe said: ""Go"", and\n2020-01-01,Parasite,2019,,no,,\n'
    row = "2020-01-05,{},{},,4.5,{},\n"
    content = row.format("12 Angry Men", 1957, f'"{review}"')
    content += row.format("Parasite", 2019, '"""Bad"""')
    found, refused = rates_in(write(header + content))
    assert [rate.movie_id for rate in found] == ["tt0050083", "tt6751668"]
    assert refused == []


LETTERBOXD = "Date,Name,Year,Rating,Review,Tags\n"
FIRST, MATRIX = '2020-01-05,Parasite,2019,4.5,"Good,\n', "2020-01-05,The Matrix,1999,4,fine,\n"


@pytest.mark.parametrize(
    ("rows", "ids", "reasons"),
    [
        (f'{MATRIX}2020-01-06,Wings,1927,3,Old",\n', ["tt0133093", "tt0018578"], {}),
        (f'2020-01-06,Wings,1927,3,Old",\n{MATRIX}', ["tt0018578", "tt0133093"], {}),
        (f'{MATRIX}2020-01-06,Wings,1927,3,"\n', ["tt0133093"], {4: "a quotation mark on line"}),
        (
            MATRIX * 5000 + '2020-01-06,Wings,1927,3,Old",\n',
            [*["tt0133093"] * 5000, "tt0018578"],
            {},
        ),
        ('2020-01-06,Nosuch,1927,3,Old"\n', [], {3: "no film of that title and year is known"}),
    ],
)
def test_two_stray_quotes_where_nobody_reads_cost_their_own_lines_at_most(
    write: Write, rows: str, ids: list[str], reasons: dict[int, str]
) -> None:
    found, refused = rates_in(write(LETTERBOXD + FIRST + rows))
    assert [rate.movie_id for rate in found] == ids
    reasons = {2: "a quotation mark on line 2 is not closed", **reasons}
    assert [number for number, _ in refused] == [*reasons]
    assert all(reason.startswith(reasons[number]) for number, reason in refused)


@pytest.mark.parametrize(
    ("swallowed", "named"),
    [
        (MATRIX, "line 3 within quotation marks may be a row; lines 2 to 4 are left out"),
        (
            f"{MATRIX}\n{MATRIX}",
            "2 of the lines 3 to 5 within quotation marks may be a row; lines 2 to 6 are left out",
        ),
    ],
)
@pytest.mark.parametrize("end", ['2020-01-06,Wings,1927,6,Old",\n', '",\n'])
def test_lines_that_may_be_rows_of_their_own_are_named(
    write: Write, swallowed: str, named: str, end: str
) -> None:
    found, refused = rates_in(write(LETTERBOXD + FIRST + swallowed + end + MATRIX))
    assert [rate.movie_id for rate in found] == ["tt0133093"]
    assert refused == [(2, named)]


RANKED = "1, Some Obscure Film, 2015, 4.5, fine, thanks\n"


@pytest.mark.parametrize("review", [f"My best of:\n{RANKED}thanks", f"My best of:\n{RANKED[:-1]}"])
def test_lines_without_a_date_are_no_rows_whatever_film_they_name(
    write: Write, review: str
) -> None:
    row = f'2020-01-11,Rocky,1976,2.5,"{review}",\n'
    found, refused = rates_in(write(LETTERBOXD + row + MATRIX))
    assert [rate.movie_id for rate in found] == ["tt0075148", "tt0133093"]
    assert refused == []


def test_words_are_no_rows(write: Write) -> None:
    header = "id,title,year,box_office_value,note\n"
    found, refused = movies_in(write(f'{header}tt1,One,,,"Well, it is\ngood, is it\nnot"\n'))
    assert [movie.title for movie in found] == ["One"]
    assert refused == []


def test_a_nominee_of_another_category_swallows_no_best_picture(write: Write) -> None:
    films = finder()
    path = write(
        "Year,Category,Nominee,Additional Info,Won?\n"
        '2010 (83rd),Actor,"Bad,x,NO\n'
        '2010 (83rd),Best Picture,Inception,"Emma Thomas",NO\n'
        '2010 (83rd),Best Picture,The Fighter,"David ""D"" Hoberman {""x""}",NO\n'
        '2010 (83rd),Actor,B "Q" C,"He {"says"}",NO\n'
    )
    found, report = imported(path, [academy_awards.layout(films)], films)
    assert [nominee.title for nominee in found] == ["Inception", "The Fighter"]
    assert reasons(report) == [(2, "a quotation mark on line 2 is not closed")]
    assert report.skipped == 1


@pytest.mark.parametrize("mark", ["\x1b[2J", "\x00", "\u2028", "\x85"])
def test_a_title_has_no_control_characters(write: Write, mark: str) -> None:
    content = f"id,title,year,box_office_value\ntt1,A{mark}b,,\ntt2,A\xa0b,,\nt{mark}t,A,,\n"
    found, refused = movies_in(write(content))
    assert found == [Movie("tt2", "A\xa0b")]
    assert refused[0] == (2, f"the title has a control character: 'A�{mark[1:]}b'")
    assert [number for number, _ in refused] == [2, 4]


def test_quotes_that_are_closed_are_no_trouble(write: Write) -> None:
    header = "id,title,year,box_office_value,note\n"
    found, refused = movies_in(write(f'{header}tt1,"One ""two""",,,"a\nb"\n"tt2",Tw"o,,"",""'))
    assert [movie.title for movie in found] == ['One "two"', 'Tw"o']
    assert refused == []
