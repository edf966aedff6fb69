"""How long to measure, and with how much load and data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """The size of a run; one of these fields bounds each loop of each section."""

    name: str
    rounds: int
    """Interleaved rounds (A B C A B C …), of which the median is reported."""
    warm_up: float
    """Seconds of load before anything is measured; 0 for none."""
    seconds: float
    """Seconds of one load in one round."""
    events: int
    """Events that are published and applied."""
    growth: int
    """How many times as long as the shipped lists of nominees and movies the grown lists are."""
    requests: int
    """Requests between the two looks at the resident memory."""


TINY = Effort("tiny", rounds=1, warm_up=0, seconds=0.2, events=1_000, growth=2, requests=200)
"""Measures nothing useful; shows that the harness works."""
QUICK = Effort("quick", rounds=2, warm_up=1, seconds=1.0, events=50_000, growth=10, requests=2_000)
NORMAL = Effort(
    "normal", rounds=5, warm_up=1, seconds=3.0, events=1_000_000, growth=100, requests=10_000
)
FULL = Effort(
    "full", rounds=5, warm_up=1, seconds=3.0, events=5_000_000, growth=100, requests=10_000
)
