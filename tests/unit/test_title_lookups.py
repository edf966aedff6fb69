"""What people type: a sample with the answers that are expected."""

import csv

import pytest

from tests.unit.nominees import DATA, INDEX, NOMINEES, found

with (DATA / "lookups.csv").open(encoding="utf-8", newline="") as file:
    LOOKUPS = list(csv.DictReader(file))


def test_the_sample_is_whole() -> None:
    assert len(LOOKUPS) == 80


@pytest.mark.parametrize("row", LOOKUPS, ids=lambda row: row["query"])
def test_a_look_up_of_the_sample(row: dict[str, str]) -> None:
    expected = [each for each in row["expected_imdb_id"].split("|") if each]
    got = found(row["query"])
    if row["why"].startswith("typing error") and not got:
        assert expected[0] in [nominee.id for nominee in INDEX.suggest(row["query"])]
        return
    assert sorted(got) == sorted(expected)
    won = row["expected_won"].split("|") if expected else []
    assert [NOMINEES[each].won for each in expected] == [each == "true" for each in won]
