import random
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import permutations

import pytest

from movieserver.models import LAST_VERSION, Nominee, Rate, RatedMovie, ordinal, rate_tenths


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th")),
        *((21, "21st"), (22, "22nd"), (53, "53rd"), (98, "98th"), (101, "101st"), (111, "111th")),
    ],
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text


def test_a_nominees_year_is_the_academys_with_the_ceremony() -> None:
    nominee = Nominee("tt0018578", "Wings", 1927, "1927/28", 1, "Paramount Famous Lasky", True)
    assert nominee.year == "1927/28 (1st)"


def test_the_mean_is_rounded_half_up_whatever_the_numbers() -> None:
    choose = random.Random(7)
    for _ in range(2000):
        count = choose.randint(1, 10 ** choose.randint(1, 12))
        total = choose.randint(count, 10 * count)
        exact = (Decimal(total) / Decimal(count)).quantize(Decimal("0.1"), ROUND_HALF_UP)
        assert rate_tenths(total, count) == int(exact * 10)
    assert rate_tenths(13, 4) == 33  # 3.25
    assert rate_tenths(0, 0) == 0


def test_a_rated_movies_numbers_follow_from_its_distribution() -> None:
    movie = RatedMovie("tt1", "One", 2001, None, (1, 0, 0, 0, 0, 0, 0, 0, 0, 2))
    assert (movie.rate_count, movie.rate_sum, movie.rate) == (3, 21, 7.0)
    assert RatedMovie("tt1", "One", None, None, (0,) * 10).rate == 0.0


def test_precedence_is_version_then_removal_then_the_higher_rate() -> None:
    in_order = [
        Rate("u", "m", 10, 1),
        Rate("u", "m", 1, 2),
        Rate("u", "m", 9, 2),
        Rate("u", "m", None, 2),
        Rate("u", "m", 1, 3),
    ]
    for shuffled in permutations(in_order):
        assert sorted(shuffled, key=lambda rate: rate.precedence) == in_order


def test_a_version_beyond_all_dates_is_shown_as_the_last_one() -> None:
    assert Rate("ann", "tt1", 9, LAST_VERSION).rated_at == datetime.max.replace(tzinfo=UTC)
