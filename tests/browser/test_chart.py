"""The chart of a film's rates, with counts that no test could bring about by rating."""

from itertools import combinations
from typing import Any

import pytest

from tests.browser.page import PHONE, WIDE, Page
from tests.browser.scripts import CHART

Box = dict[str, Any]
BRINK = (576, 900)
"""The widest window with the letters of a phone's."""


def drawn(page: Page, distribution: list[int]) -> tuple[Box, list[Box]]:
    """Where the chart of these counts is, and its texts."""
    chart, *texts = page.browser.execute_async_script(CHART, distribution)
    return chart, texts


def apart(one: Box, other: Box) -> bool:
    """Whether two texts do not touch."""
    beside = one["right"] < other["left"] or other["right"] < one["left"]
    return bool(beside or one["bottom"] < other["top"] or other["bottom"] < one["top"])


@pytest.mark.parametrize("size", [WIDE, BRINK, PHONE])
@pytest.mark.parametrize("count", [888, 8_888, 88_888, 888_888, 8_888_888, 888_888_888])
def test_its_counts_stand_beside_each_other(page: Page, size: tuple[int, int], count: int) -> None:
    page.look(size)
    chart, texts = drawn(page, [count] * 10)
    assert len(texts) == 20
    assert all(apart(one, other) for one, other in combinations(texts, 2))
    for text in texts:
        assert chart["left"] <= text["left"] < text["right"] <= chart["right"]
        assert chart["top"] <= text["top"] < text["bottom"] <= chart["bottom"]


def test_large_counts_are_shortened_but_in_its_words(page: Page) -> None:
    _, texts = drawn(page, [0, 0, 0, 27, 999, 1_234, 12_345, 123_456, 1_234_567, 0])
    counts = [each["text"] for each in texts if each["text"] not in map(str, range(1, 11))]
    assert counts == ["27", "999", "1.2K", "12K", "123K", "1.2M"]
    assert page.one("#chart svg").get_attribute("aria-label") == (
        "Rates from 10 to 1: 9 by 1,234,567 users, 8 by 123,456 users, 7 by 12,345 users, "
        "6 by 1,234 users, 5 by 999 users, 4 by 27 users."
    )
