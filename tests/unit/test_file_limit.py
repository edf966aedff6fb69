"""The limit of open files, and the listeners that it has room for."""

import resource

import pytest

from movieserver.handlers.top10_stream import OTHER_FILES, capacity
from movieserver.process.file_limit import raise_file_limit


class Limits:
    """The system's two limits."""

    def __init__(self, soft: int, hard: int) -> None:
        self.now = (soft, hard)

    def get(self, _which: int) -> tuple[int, int]:
        return self.now

    def set(self, _which: int, limits: tuple[int, int]) -> None:
        assert limits[0] <= limits[1] or limits[1] == resource.RLIM_INFINITY
        self.now = limits


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Limits:
    limits = Limits(1024, 4096)
    monkeypatch.setattr(resource, "getrlimit", limits.get)
    monkeypatch.setattr(resource, "setrlimit", limits.set)
    return limits


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "reached"),
    [
        (1024, 4096, 500, 1024),
        (1024, 4096, 2000, 2000),
        (1024, 4096, 9000, 4096),
        (1024, resource.RLIM_INFINITY, 9000, 9000),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 9000, 9000),
    ],
)
def test_it_is_raised_as_far_as_it_may(
    limits: Limits, soft: int, hard: int, wanted: int, reached: int
) -> None:
    limits.now = (soft, hard)
    assert raise_file_limit(wanted) == reached
    assert limits.now == (max(soft, reached) if soft != resource.RLIM_INFINITY else soft, hard)


def test_a_limit_that_may_not_be_set_stays(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter of system calls may refuse it."""

    def refuse(_which: int, _limits: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert raise_file_limit(2000) == 1024


def test_listeners_that_do_not_fit_are_said(
    limits: Limits, caplog: pytest.LogCaptureFixture
) -> None:
    assert capacity(3000) == 3000
    assert caplog.text == ""
    assert capacity(10_000) == 4096 - OTHER_FILES
    assert "only 3584 of 10000 listeners" in caplog.text
    assert "raise its limit to 10512" in caplog.text
