"""Exporting a user's rates by the command line."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from movieserver.backends import StoreContext
from movieserver.backends.sqlite import SqliteBackend
from movieserver.commands.export import imdb, letterboxd, own, rates_of
from movieserver.models import Rate, RatedMovie
from movieserver.services import Stores
from tests.processes import COMMAND, environment, run

DATA = Path(__file__).parent.parent / "data"
SHIPPED = Path(__file__).parents[2] / "movieserver" / "data" / "movies.csv"


def test_what_is_exported_can_be_imported(data: Path, tmp_path: Path) -> None:
    loaded = run("import", "movies", str(SHIPPED), data=data)
    assert loaded.returncode == 0, loaded.stdout
    run("import", "rates", str(DATA / "letterboxd_ratings.csv"), "--user", "Zoë", data=data)
    run("import", "rates", str(DATA / "trakt_ratings.json"), "--user", "Zoë", data=data)
    own = run("export", "rates", "--user", "Zoë", data=data)
    assert (own.returncode, own.stderr) == (0, "4 rates\n")
    assert there_and_back(tmp_path / "own", own.stdout) == own.stdout.splitlines()
    for form in ("imdb", "letterboxd"):
        exported = run("export", "rates", "--user", "Zoë", "--format", form, data=data)
        again = there_and_back(tmp_path / form, exported.stdout, "--user", "Zoë")
        # The other layouts have no time of the day, and lose nothing else.
        assert sorted(map(without_time, again)) == sorted(
            map(without_time, own.stdout.splitlines())
        )


def there_and_back(data: Path, exported: str, *user: str) -> list[str]:
    """What a new store exports that has imported what was exported."""
    file = data.with_suffix(".csv")
    file.write_text(exported)
    back = run("import", "rates", str(file), *user, data=data)
    assert back.stdout == "4 rates went in, 0 refused\n"
    return run("export", "rates", "--user", "Zoë", data=data).stdout.splitlines()


def without_time(row: str) -> str:
    return row.split("T")[0]


def test_an_export_is_utf_8_with_csvs_own_line_ends_whatever_the_locale(
    data: Path, tmp_path: Path
) -> None:
    (tmp_path / "movies.csv").write_text("id,title,year,box_office_value\ntt1,Léon,1994,\n")
    (tmp_path / "rates.csv").write_text("movie_id,rate,rated_at\ntt1,9,2020-01-05\n")
    run("import", "movies", str(tmp_path / "movies.csv"), data=data)
    run("import", "rates", str(tmp_path / "rates.csv"), "--user", "ann", data=data)
    line = ("export", "rates", "--user", "ann", "--format", "letterboxd", "--data", str(data))
    done = subprocess.run(
        [*COMMAND, *line],
        capture_output=True,
        # Else Python would take UTF-8 where there is no such locale.
        env=environment() | {"PYTHONUTF8": "0", "LC_ALL": "fr_FR.ISO-8859-1"},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"1 rate\n")
    header, row = b"imdbID,Title,Year,Rating10,WatchedDate\r\n", "tt1,Léon,1994,9,2020-01-05\r\n"
    assert done.stdout == header + row.encode()


def test_a_user_without_rates_is_said(data: Path) -> None:
    run("import", "rates", str(DATA / "imdb_ratings.csv"), "--user", "ann", data=data)
    done = run("export", "rates", "--user", "anne", data=data)
    assert (done.returncode, done.stderr) == (0, "user 'anne' has no rates\n")
    assert done.stdout == "user_id,movie_id,rate,rated_at\n"


def test_an_export_that_fails_writes_nothing(data: Path) -> None:
    """The header by itself would say that the user has no rates."""
    run("import", "rates", str(DATA / "imdb_ratings.csv"), "--user", "ann", data=data)
    for profile, options in (("public", ()), ("rating", ("--format", "imdb"))):
        done = run("export", "rates", "--user", "ann", "--profile", profile, *options, data=data)
        assert (done.returncode, done.stdout) == (2, "")


def test_what_is_not_known_is_left_empty() -> None:
    undated, dated = Rate("ann", "tt1", 9, 1), Rate("ann", "tt1", 9, 1_700_000_000_000_000)
    url = "https://www.imdb.com/title/tt1"
    assert imdb(undated, None) == ("tt1", 9, "", "", "", url, "Movie")
    assert imdb(dated, None) == ("tt1", 9, "2023-11-14", "", "", url, "Movie")
    assert letterboxd(undated, None) == ("tt1", "", "", 9, "")
    movie = RatedMovie("tt1", "Wings", None, None, (0,) * 10)
    assert letterboxd(dated, movie) == ("tt1", "Wings", "", 9, "2023-11-14")
    assert own(undated, None) == ("ann", "tt1", 9, "1970-01-01T00:00:00.000001+00:00")


@pytest.mark.gen_test
async def test_rates_that_are_given_anew_during_an_export_are_written_once(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("movieserver.commands.export.PAGE", 2)
    store = SqliteBackend().rate_store("sqlite:///m.db", StoreContext(data))
    await store.open()
    await store.put_many([Rate("ann", f"tt{n}", 5, n) for n in range(1, 8)])
    given = [Rate("ann", "tt1", 9, 100), Rate("ann", "tt7", 3, 101)]
    read = store.user_rates

    async def user_rates(*arguments: Any) -> list[Rate]:
        page = await read(*arguments)
        if given:
            await store.put(given.pop(0))
        return page

    monkeypatch.setattr(store, "user_rates", user_rates)
    exported = await rates_of(Stores({"rates": store}), "ann")
    await store.close()
    assert [rate.movie_id for rate in exported] == ["tt7", "tt1", "tt6", "tt5", "tt4", "tt3", "tt2"]
    assert [rate.rate for rate in exported] == [3, 9, 5, 5, 5, 5, 5]
