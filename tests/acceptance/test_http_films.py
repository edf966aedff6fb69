"""The contract's answers about films, over a real socket."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.problems import refused
from tests.processes import Process, eventually


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A server whose films are for users with a token."""
    folder = tmp_path_factory.mktemp("guarded")
    profile = folder / "guarded.yaml"
    text = (Path(__file__).parents[2] / "config" / "dev.yaml").read_text()
    for name in ("bestpictures", "ceremonies", "top10"):
        text = text.replace(f"  {name}: {{access: public", f"  {name}: {{access: token")
    profile.write_text(text)
    process = Process("--profile", str(profile), data=folder / "data")
    yield process
    assert process.terminate() == 0


def test_nominees_are_listed_by_the_beginning_of_a_title(server: Process) -> None:
    path = "/movies/bestpictures/search"
    answer = server.get(path, params={"prefix": "The GODF", "limit": "2"})
    assert answer.json() == {
        "result": [
            {"id": "tt0068646", "title": "The Godfather", "year": "1972 (45th)", "won": True},
            {
                "id": "tt0071562",
                "title": "The Godfather Part II",
                "year": "1974 (47th)",
                "won": True,
            },
        ]
    }
    again = server.get(
        f"{path}?prefix=The GODF&limit=2", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert len(server.get(f"{path}?prefix=p").json()["result"]) == 10
    assert len(server.get(f"{path}?prefix=p&limit=20").json()["result"]) == 20
    nothing = server.get(f"{path}?prefix=zzz")
    assert (nothing.status_code, nothing.json()) == (200, {"result": []})


def test_a_nominee_is_found_by_its_id(server: Process) -> None:
    answer = server.get("/movies/bestpictures/tt0056264")
    [other] = server.get("/movies/bestpictures?title=mutiny on the bounty").json()["alternatives"]
    [first] = answer.json()["alternatives"]
    assert (answer.status_code, answer.json()) == (200, {**other, "alternatives": [first]})
    assert (first["title"], first["year"]) == ("Mutiny on the Bounty", "1935 (8th)")
    assert "alternatives" not in server.get("/movies/bestpictures/tt0050083").json()
    again = server.get(
        "/movies/bestpictures/tt0056264", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    said = "The film tt0468569 is not a nominee for Best Picture."
    assert refused(server.get("/movies/bestpictures/tt0468569"), 404) == said
    for name in ("t%20t", "x" * 21):
        assert "1 to 20" in refused(server.get(f"/movies/bestpictures/{name}"), 400)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "A prefix is needed"),
        ("?prefix=%20", "A prefix is needed"),
        ("?prefix=" + "a" * 201, "longer than 200 characters"),
        ("?prefix=a%00", "NUL"),
        ("?prefix=%ff", "not UTF-8"),
        *(
            (f"?prefix=a&limit={limit}", "from 1 to 20")
            for limit in ("0", "21", "-1", "x", "%D9%A3")
        ),
    ],
)
def test_a_search_that_cannot_be_made(server: Process, query: str, said: str) -> None:
    assert said in refused(server.get("/movies/bestpictures/search" + query), 400)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?title=", 400),
        ("?title=%20", 400),
        ("?title=" + "x" * 201, 400),
        ("?title=" + "x" * 200, 404),
        ("?title=a%00b", 400),
        ("?title=%ff", 400),
        ("?title=The", 404),
        ("?title=Rocky+II", 404),
        ("?title=Casablanca&year=abc", 400),
        ("?title=Casablanca&year=١٩٤٢", 400),
        ("?title=Casablanca&year=1987", 404),
        ("?title=Casablanca&year=1942", 200),
        ("?title=Casablanca&year=1943", 200),
        ("?title=Grand%20Hotel&year=1931/32%20(5th)", 200),
    ],
)
def test_look_ups(server: Process, query: str, status: int) -> None:
    answer = server.get("/movies/bestpictures" + query)
    if status == 200:
        assert answer.status_code == 200, answer.text
    else:
        refused(answer, status)


def test_suggestions_and_alternatives(server: Process) -> None:
    missed = server.get("/movies/bestpictures?title=Parasit")
    refused(missed, 404)
    assert {"id": "tt6751668", "title": "Parasite", "year": "2019 (92nd)"} in missed.json()[
        "suggestions"
    ]
    assert missed.json()["message"] == "'Parasit' is not a nominee for Best Picture."
    other = server.get("/movies/bestpictures?title=Jaws&year=1976").json()
    assert other["message"] == "'Jaws' of 1976 is not a nominee for Best Picture."
    both = server.get("/movies/bestpictures?title=mutiny on the bounty").json()
    assert (both["year"], both["won"]) == ("1935 (8th)", True)
    assert [each["year"] for each in both["alternatives"]] == ["1962 (35th)"]
    one = server.get("/movies/bestpictures?title=mutiny on the bounty&year=1962").json()
    assert (one["id"], "alternatives" in one) == ("tt0056264", False)
    last = server.get("/movies/bestpictures?title=Jaws&title=Parasite").json()
    assert last["title"] == "Parasite"


def test_a_film_and_its_distribution(server: Process) -> None:
    for user, rate in (("u1", 6), ("u2", 7), ("u3", 7)):
        assert server.rate(user, "tt0034583", rate).status_code == 200

    def rated() -> dict[str, Any] | None:
        film: dict[str, Any] = server.get("/movies/tt0034583").json()
        return film if film["rate_count"] == 3 else None

    film = eventually(rated)
    assert film["distribution"] == [0, 0, 0, 0, 0, 1, 2, 0, 0, 0]
    assert (film["title"], film["year"], film["rate"]) == ("Casablanca", 1943, 6.7)


def test_top_with_a_limit_and_a_minimum_of_votes(server: Process) -> None:
    assert len(server.get("/movies/top?limit=100").json()["result"]) == 100
    assert server.get("/movies/top?limit=10").json() == server.get("/movies/top10").json()
    voted = server.get("/movies/top?min_votes=1").json()["result"]
    assert all(film["rate_count"] >= 1 for film in voted)
    for query in ("limit=0", "limit=101", "limit=x", "limit=-1", "min_votes=-1", "limit=1e1"):
        refused(server.get(f"/movies/top?{query}"), 400)


def test_the_weighted_ranking_can_be_computed_again(server: Process) -> None:
    for user in ("w1", "w2", "w3"):
        assert server.rate(user, "tt0068646", 10).status_code == 200
    eventually(lambda: any(m["id"] == "tt0068646" for m in server.top10()))
    answer = server.get("/movies/top10?rank=weighted").json()
    m, mean = answer["m"], answer["C"]
    weighted = [film for film in answer["result"] if film["rate_count"]]
    assert weighted
    for film in weighted:
        again = (film["rate_sum"] + m * mean) / (film["rate_count"] + m)
        assert film["weighted_rate"] == pytest.approx(again)
    values = [film["weighted_rate"] for film in answer["result"]]
    assert values == sorted(values, reverse=True)
    refused(server.get("/movies/top10?rank=best"), 400)


@pytest.mark.parametrize(
    "path",
    [
        "/movies/bestpictures?title=wings",
        "/movies/bestpictures/tt0018578",
        "/movies/bestpictures/search?prefix=win",
        "/movies/bestpictures/ceremonies/1",
        "/movies/top10",
    ],
)
def test_behind_a_token_there_are_the_same_answers(
    server: Process, guarded: Process, path: str
) -> None:
    assert guarded.get(path).status_code == 401
    answer = guarded.get(path, headers=guarded.bearer("ann"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == server.get(path).headers["Content-Type"]
    if "top10" not in path:
        assert answer.content == server.get(path).content
