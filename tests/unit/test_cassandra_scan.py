"""A scan of the whole table, some pages of which fail."""

from typing import cast

import pytest

from movieserver.backends.cassandra.session import CassandraSession
from movieserver.backends.cassandra.token_ranges import TRIES, Page, Slice, scan, slices
from movieserver.errors import StoreUnavailable


class Session:
    """Has a row in each half of every slice; fails some times before it gives a page."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self._tried: dict[tuple[Slice, bytes | None], int] = {}

    async def page(self, _statement: str, edges: Slice, state: bytes | None) -> Page:
        tried = self._tried[edges, state] = self._tried.get((edges, state), 0) + 1
        if tried <= self._failures:
            raise StoreUnavailable("no answer within the time limit")
        return [(edges, state)], None if state else b"second half"


async def rows(failures: int) -> list[object]:
    session = cast("CassandraSession", Session(failures))
    return [row async for page in scan(session) for row in page]


@pytest.mark.parametrize("failures", range(TRIES))
@pytest.mark.gen_test
async def test_a_page_is_asked_for_again(failures: int) -> None:
    found = await rows(failures)
    assert len(found) == len(set(found)) == 2 * len(slices())


@pytest.mark.gen_test
async def test_a_page_that_fails_again_and_again_ends_the_scan() -> None:
    with pytest.raises(StoreUnavailable):
        await rows(TRIES)
