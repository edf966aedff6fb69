"""Imported JSON that is not as it should be."""

import json
import re

import pytest

from movieserver.errors import ConfigurationError
from movieserver.imports import json_items
from movieserver.imports.source import LINE, Source
from tests.unit.imported import Write, rates_in


def on_trakt(*films: str, extra: str = "") -> str:
    """Trakt's array of rates of those films."""
    items = [
        {"rated_at": "2022-04-01", "rating": 8, "movie": {"ids": {"imdb": film}}, "extra": extra}
        for film in films
    ]
    return json.dumps(items)


@pytest.mark.parametrize(
    "item",
    [
        "7",
        '{"movie": []}',
        '{"type": "\\ud800"}',
        '{"type": "\\n9 rates went in\\u001b[2J"}',
        '{"type": "%s"}' % ("x" * 10_000),
        "[" * 99 + "]" * 99,
    ],
    ids=["number", "no film", "surrogate", "lines", "long", "deep"],
)
def test_what_is_no_rate_is_one_short_line(write: Write, item: str) -> None:
    first, last = on_trakt("tt1")[:-1], on_trakt("tt3")[1:]
    found, [(number, said)] = rates_in(write(f"{first}, {item}, {last}"))
    assert [rate.movie_id for rate in found] == ["tt1", "tt3"]
    assert number == 3
    assert said.isprintable()
    assert len(said) < 150


def test_what_nobody_reads_may_be_long(write: Write) -> None:
    found, refused = rates_in(write(on_trakt("tt1", "tt2", extra="x" * 5_000_000)))
    assert [rate.movie_id for rate in found] == ["tt1", "tt2"]
    assert refused == []


def test_white_space_may_follow(write: Write) -> None:
    found, _ = rates_in(write(on_trakt("tt1") + " \n" + " " * LINE))
    assert [rate.movie_id for rate in found] == ["tt1"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[{]", "not JSON: Expecting property name enclosed in double quotes: line 1 column 3"),
        ('[\n{"rating": 8', "not JSON: Expecting ',' delimiter: line 2 column 13"),
        ('[{"rating": 8}]\n[]', "not JSON: Extra data: line 2 column 1"),
        ('[{"rating": ' + "9" * 5000 + "}]", "not JSON: Exceeds the limit"),
        ("[" * 200_000 + "]" * 200_000, "not JSON: "),
        ('[{"x": NaN}]', "not JSON: NaN is not a JSON value"),
        ("{}", "the JSON is not an array of rates"),
    ],
)
def test_of_what_is_broken_nothing_goes_in(write: Write, text: str, reason: str) -> None:
    path = write(text)
    with pytest.raises(ConfigurationError, match=f"^{re.escape(f'{path}: {reason}')}"):
        rates_in(path)


def test_a_file_that_is_too_long_is_said(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    text = on_trakt("tt1")
    path = write(text)
    monkeypatch.setattr(json_items, "LARGEST", len(text))
    assert len(rates_in(path)[0]) == 1
    monkeypatch.setattr(json_items, "LARGEST", len(text) - 1)
    with pytest.raises(ConfigurationError, match=f"JSON of more than {len(text) - 1} characters"):
        rates_in(path)


def test_a_file_that_grows_is_said(write: Write) -> None:
    path = write(on_trakt("tt1"))
    with Source(path) as source:
        path.write_text(on_trakt("tt1", "tt2"))
        with pytest.raises(ConfigurationError, match="changed while it was read; import it again"):
            json_items.JsonItems(source)
