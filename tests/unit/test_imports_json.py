"""Imported JSON that is not as it should be."""

import json

import pytest

from movieserver.imports.layouts import rates
from movieserver.imports.source import LINE
from tests.unit.imported import (
    ANN,
    Write,
    finder,
    imported,
    rates_in,
)


def on_trakt(*films: str, extra: str = "") -> str:
    """Trakt's array of rates of those films."""
    items = [
        {"rated_at": "2022-04-01", "rating": 8, "movie": {"ids": {"imdb": film}}, "extra": extra}
        for film in films
    ]
    return json.dumps(items)


@pytest.mark.parametrize("more", [on_trakt("tt2"), "x", " " * LINE * 2 + "]", ", 1"])
def test_what_follows_the_array_is_said(write: Write, more: str) -> None:
    films = finder()
    array = on_trakt("tt1")
    path = write(f"{array}\n{more}")
    found, report = imported(path, rates.layouts(ANN, films), films)
    assert [rate.movie_id for rate in found] == ["tt1"]
    place = len(array) + 2 + len(more) - len(more.lstrip())
    assert report.broken_off == (
        f"{path}: left out is what comes after the array, at character {place}"
    )
    assert rates_in(write(f"{array} \n" + " " * LINE)) == (found, [])


@pytest.mark.parametrize("extra", ["x" * 10_000_000, '{"]\\,' * LINE, "x" * LINE])
def test_json_that_is_too_long_is_one_refusal(write: Write, extra: str) -> None:
    first, long, last = on_trakt("tt1")[:-1], on_trakt("tt2", extra=extra)[1:-1], on_trakt("tt3")
    found, refused = rates_in(write(f"{first}, {long},{last[1:]}"))
    assert [rate.movie_id for rate in found] == ["tt1", "tt3"]
    assert refused == [(3, f"JSON of more than {LINE} characters in one object")]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("nope", "not JSON: Expecting value at character {}"),
        ('{"rating": nope, "x": [{"y": "}"}]}', "not JSON: Expecting value at character {}"),
        ('{"rating": 8,, "x": []}', "not JSON: Expecting property name enclosed"),
        ("[" * 50_000 + "]" * 50_000, "not JSON: maximum recursion depth exceeded"),
        ("7", "not a JSON object"),
    ],
)
def test_broken_json_in_the_middle_is_one_refusal(write: Write, item: str, reason: str) -> None:
    first, last = on_trakt("tt1")[:-1], on_trakt("tt3")
    place = len(first) + 3 + max(0, item.find("nope"))
    found, [(number, said)] = rates_in(write(f"{first}, {item}, {last[1:]}"))
    assert [rate.movie_id for rate in found] == ["tt1", "tt3"]
    assert number == 3
    assert said.startswith(reason.format(place))


@pytest.mark.parametrize(
    ("between", "reason"),
    [
        ("", "neither a comma nor the array's end is at character {}"),
        ("}, ", "neither a comma nor the array's end is at character {}"),
        (', {"x": ', "the JSON's array has no end: Expecting ',' delimiter at character"),
    ],
)
def test_json_that_cannot_be_read_on_is_broken_off(write: Write, between: str, reason: str) -> None:
    films = finder()
    first = on_trakt("tt1")[:-1]
    path = write(first + between + on_trakt("tt3")[1:-1])
    found, report = imported(path, rates.layouts(ANN, films), films)
    assert [rate.movie_id for rate in found] == ["tt1"]
    assert str(report.broken_off).startswith(f"{path}: {reason.format(len(first) + 1)}")
