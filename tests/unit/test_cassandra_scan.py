"""A scan of the whole table, some pages of which fail."""

from typing import cast

import pytest

from movieserver.backends.cassandra.session import CassandraSession
from movieserver.backends.cassandra.token_ranges import Page, Slice, scan, slices
from movieserver.errors import StoreUnavailable
from movieserver.testing import ManualClock
from tests.unit.hasty_clock import HastyClock


class Session:
    """Has a row in each half of every slice; does not answer in the first seconds."""

    def __init__(self, clock: ManualClock, away: float) -> None:
        self._clock = clock
        self._away = away

    async def page(self, _statement: str, edges: Slice, state: bytes | None) -> Page:
        if self._clock.monotonic() < self._away:
            raise StoreUnavailable("no answer within the time limit")
        return [(edges, state)], None if state else b"second half"


@pytest.mark.gen_test
async def test_a_scan_waits_for_a_node_that_pauses() -> None:
    clock = HastyClock()
    session = cast("CassandraSession", Session(clock, away=30))
    found = [row async for page in scan(session, clock) for row in page]
    assert len(found) == len(set(found)) == 2 * len(slices())
