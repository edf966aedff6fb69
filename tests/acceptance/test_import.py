"""Importing beside a running server, by the command line."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from movieserver.tokens.secret import make_secret
from tests.conftest import Start
from tests.processes import environment, eventually, run

DATA = Path(__file__).parent.parent / "data"
SHIPPED = Path(__file__).parents[2] / "movieserver" / "data" / "movies.csv"
NOT_NEWER = "not newer than what is there or in the file"


def test_a_running_server_follows_what_is_imported(
    start: Start, data: Path, tmp_path: Path
) -> None:
    server = start("--profile", "dev")
    (tmp_path / "movies.csv").write_text("id,title,year,box_office_value\ntt777,Lucky,1999,7\n")
    (tmp_path / "nominees.csv").write_text(
        "id,title,year,ceremony,additional_info,won,award_year\n"
        "tt777,Lucky Sevens,1999,72,Nobody,true,1999\n"
    )
    (tmp_path / "rates.csv").write_text(
        "user_id,movie_id,rate,rated_at\nbob,tt777,10,2020-01-01\neve,tt777,10,\n"
    )
    for kind in ("movies", "nominees", "rates"):
        done = run("import", kind, str(tmp_path / f"{kind}.csv"), data=data)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    eventually(lambda: server.get("/movies/bestpictures?title=lucky sevens").ok, 2.0)
    best = eventually(lambda: [m for m in server.top10() if m["id"] == "tt777"], 2.0)
    assert (best[0]["rate"], best[0]["rate_count"]) == (10.0, 2)
    audited = run("audit", data=data)
    assert "0 rates not yet announced" in audited.stdout, audited.stdout
    assert audited.returncode == 0


def test_a_newer_rate_is_never_overwritten_and_twice_changes_nothing(
    start: Start, data: Path
) -> None:
    server = start("--profile", "dev")
    assert server.rate("ann", "tt0050083", 3).status_code == 200
    file = str(DATA / "imdb_ratings.csv")

    trial = run("import", "rates", file, "--user", "ann", "--dry-run", data=data)
    assert trial.returncode == 1
    assert trial.stdout.splitlines() == [
        "row 4: a series, not a film (tt0944947,8,2021-02-07,Game of Thrones,Game of Thrones,"
        "https://www.imdb.com/title/tt0944947,TV Serie…)",
        f"2 rates would go in, 1 {NOT_NEWER}, 1 refused",
    ]
    path = "/movies/tt0068646/users/rate"
    assert server.get(path, headers=server.bearer("ann")).status_code == 404

    first = run("import", "rates", file, "--user", "ann", data=data)
    assert first.stdout.endswith(f"2 rates went in, 1 {NOT_NEWER}, 1 refused\n")
    again = run("import", "rates", file, "--user", "ann", data=data)
    assert again.stdout.endswith(
        f"0 rates went in, 2 were there already, 1 {NOT_NEWER}, 1 refused\n"
    )
    assert server.get(path, headers=server.bearer("ann")).json() == {"rate": 10}
    kept = server.get("/movies/tt0050083/users/rate", headers=server.bearer("ann"))
    assert kept.json() == {"rate": 3}


@pytest.mark.parametrize("elsewhere", [False, True], ids=["in the data folder", "elsewhere"])
def test_a_dry_run_makes_no_store(tmp_path: Path, elsewhere: bool) -> None:
    data, other = tmp_path / "new", tmp_path / "other" / "rates.db"
    file = str(DATA / "imdb_ratings.csv")
    options = ["--rates", f"sqlite:///{other}"] if elsewhere else []
    done = run("import", "rates", file, "--user", "ann", "--dry-run", *options, data=data)
    assert done.stdout.endswith("3 rates would go in, 1 refused\n"), done.stderr
    absent = [data / "movieserver.db", *([other] if elsewhere else [])]
    assert done.stderr.splitlines() == [
        f"{path}: not there yet; an empty store stands in for it" for path in absent
    ]
    assert not list(tmp_path.iterdir())


def test_a_dry_run_makes_no_topic(data: Path) -> None:
    file = str(DATA / "imdb_ratings.csv")
    assert run("import", "rates", file, "--user", "ann", data=data).returncode == 1
    before = topics(data)
    environ = environment() | {"MOVIESERVER_TOPIC": "another"}
    line = ("import", "rates", file, "--user", "bob", "--dry-run")
    trial = run(*line, data=data, environ=environ)
    assert trial.stdout.endswith("3 rates would go in, 1 refused\n"), trial.stderr
    assert topics(data) == before


def topics(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "movieserver.db")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM topics ORDER BY name")]


@pytest.mark.parametrize("kind", ["movies", "nominees"])
def test_a_list_that_was_there_already_is_not_said_to_be_new(
    data: Path, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "id,title,year,box_office_value,ceremony,additional_info,won,award_year\n"
        "tt777,Lucky,1999,7,72,Nobody,false,1999\n"
    )
    for _ in range(2):
        done = run("import", kind, str(file), data=data)
        assert done.stdout == f"1 {kind[:-1]} is in the catalogue now, 0 refused\n"
    trial = run("import", kind, str(file), "--dry-run", data=data)
    assert trial.stdout == f"1 {kind[:-1]} would be in the catalogue, 0 refused\n"


def test_two_winners_of_one_ceremony_go_in_and_are_said(data: Path, tmp_path: Path) -> None:
    rows = [
        ("tt1", 72, "true"),
        ("tt2", 72, "false"),
        ("tt3", 73, "true"),
        ("tt4", 72, "true"),
        ("tt1", 72, "true"),
    ]
    file = tmp_path / "nominees.csv"
    file.write_text(
        "id,title,year,ceremony,additional_info,won,award_year\n"
        + "".join(f"{id_},Lucky,1999,{number},Nobody,{won},1999\n" for id_, number, won in rows)
    )
    done = run("import", "nominees", str(file), data=data)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "WARNING: rows 2 and 5: tt1 and tt4 are both said to have won at ceremony 72",
        "5 nominees are in the catalogue now, 0 refused",
    ]


def test_rates_find_nominees_that_were_imported(data: Path, tmp_path: Path) -> None:
    nominees, rates = tmp_path / "nominees.csv", tmp_path / "rates.csv"
    nominees.write_text(
        "id,title,year,ceremony,additional_info,won,award_year\n"
        "tt1,Never Shipped,1999,72,Nobody,false,1999\n"
    )
    rates.write_text("Date,Name,Year,Rating\n2026-01-01,Never Shipped,1999,4.5\n")
    assert run("import", "nominees", str(nominees), data=data).returncode == 0
    done = run("import", "rates", str(rates), "--user", "ann", data=data)
    assert (done.returncode, done.stdout) == (0, "1 rate went in, 0 refused\n")


def test_a_report_lists_every_refused_row(data: Path, tmp_path: Path) -> None:
    rows = "".join(f"tt{number},{number}\n" for number in range(1, 101))
    (tmp_path / "rates.csv").write_text(f"movie_id,rate\n{rows}")
    report = tmp_path / "refused.txt"
    arguments = ("rates", str(tmp_path / "rates.csv"), "--user", "ann", "--report", str(report))
    done = run("import", *arguments, data=data)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-2:] == [
        "… and 70 more rows refused",
        "10 rates went in, 90 refused",
    ]
    listed = report.read_text().splitlines()
    assert len(listed) == 90
    assert listed[-1] == "row 101: the rate is '100', not an integer from 1 to 10 (tt100,100)"
    again = run("import", *arguments, data=data)
    assert again.returncode == 2
    assert again.stderr.endswith("refused.txt: File exists\n")


def test_rows_that_come_twice_are_not_said_to_be_old(data: Path, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("movie_id,rate,rated_at\n" + "tt1,9,2020-01-01\n" * 3)
    done = run("import", "rates", str(tmp_path / "rates.csv"), "--user", "ann", data=data)
    assert done.stdout == f"1 rate went in, 2 {NOT_NEWER}, 0 refused\n"


def test_a_report_is_made_when_the_file_is_read(data: Path, tmp_path: Path) -> None:
    file, report = tmp_path / "rates.csv", tmp_path / "refused.txt"
    file.write_text("film,rate\ntt1,9\n")
    arguments = ("rates", str(file), "--user", "ann", "--report", str(report))
    assert run("import", *arguments, data=data).returncode == 2
    assert not report.exists()
    file.write_text("movie_id,rate\ntt1,9\n")
    assert run("import", *arguments, data=data).returncode == 0
    assert report.read_text() == ""


def test_a_report_has_warnings(data: Path, tmp_path: Path) -> None:
    rows = "".join(f"tt{number},One,1999,72,,true,1999\n" for number in range(1, 31))
    header = "id,title,year,ceremony,additional_info,won,award_year\n"
    (tmp_path / "nominees.csv").write_text(header + rows)
    file, report = tmp_path / "nominees.csv", tmp_path / "warnings"
    assert run("import", "nominees", str(file), "--report", str(report), data=data).returncode == 0
    warnings = report.read_text().splitlines()
    assert len(warnings) == 29
    assert warnings[-1].startswith("WARNING: rows 2 and 31: ")


def test_rates_by_id_need_no_movie_store(data: Path, tmp_path: Path) -> None:
    make_secret(data)
    file = tmp_path / "rates.csv"
    file.write_text("user_id,movie_id,rate,rated_at\nann,tt0050083,9,2026-01-01\n")
    rating = ["--profile", "rating"]
    done = run("import", "rates", str(file), *rating, data=data)
    assert (done.returncode, done.stdout) == (0, "1 rate went in, 0 refused\n")
    # No server runs that would announce them.
    assert "0 rates stored and not yet announced" in run("status", *rating, data=data).stdout
    done = run("export", "rates", "--user", "ann", *rating, data=data)
    assert done.stdout.splitlines()[1] == "ann,tt0050083,9,2026-01-01T00:00:00.000000+00:00"
    titled = run(
        "import", "rates", str(DATA / "letterboxd_ratings.csv"), "--user", "a", *rating, data=data
    )
    imdb = run("export", "rates", "--user", "ann", "--format", "imdb", *rating, data=data)
    for refused in (titled, imdb):
        assert refused.returncode == 2
        assert "lists no store for 'movies'" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import"], "usage"),
        (["import", "rates", "no.csv"], "no.csv: No such file or directory"),
        (
            ["import", "movies", "no.csv", "--user", "ann"],
            "--user and --rated-at are only for rates",
        ),
        (["import", "rates", "no.csv", "--rated-at", "2999-01-01"], "--rated-at: the date is"),
        (["import", "rates", "no.csv", "--rated-at", ""], "--rated-at: the date is ''"),
        (["import", "rates", str(DATA / "trakt_ratings.csv")], "name the user with --user"),
        (["import", "movies", str(DATA / "trakt_ratings.csv")], "it lacks id, box_office_value"),
        (["export", "rates"], "--user"),
        (["export", "rates", "--user", ""], "1 to 255 printable characters"),
    ],
)
def test_what_cannot_be_done_is_said(data: Path, arguments: list[str], message: str) -> None:
    done = run(*arguments, data=data)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_rates_that_are_there_before_the_first_start_keep_no_film_out(
    start: Start, data: Path, tmp_path: Path
) -> None:
    nominees, rates = tmp_path / "nominees.csv", tmp_path / "rates.csv"
    nominees.write_text("id,title,year,ceremony,won,award_year\nzn1,New,2031,101,yes,2031\n")
    rates.write_text("movie_id,rate,rated_at\ntt0050083,9,2020-01-01\n")
    run("import", "nominees", str(nominees), data=data)
    run("import", "rates", str(rates), "--user", "ann", data=data)
    assert run("rebuild", data=data).returncode == 0
    ten = start("--profile", "dev").top10()
    assert (len(ten), ten[0]["title"]) == (10, "12 Angry Men")
