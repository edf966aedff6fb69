"""The collector passes over what was loaded, and looks less often."""

import gc
from collections.abc import Iterator

import pytest

from movieserver.process import garbage


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_what_was_loaded_is_passed_over() -> None:
    loaded: list[list[int]] = [[]]
    assert gc.is_tracked(loaded)

    garbage.freeze()

    assert gc.get_freeze_count() > 0
    assert not any(each is loaded for each in gc.get_objects())


def test_what_comes_later_is_still_looked_for() -> None:
    garbage.freeze()

    assert gc.isenabled()
    assert gc.get_threshold()[0] == garbage.THRESHOLD
