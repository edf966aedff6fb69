"""How long to measure, and with how much."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """The size of a run; every loop of every section is bounded by one of these."""

    name: str
    rounds: int
    """Interleaved rounds (A B C A B C …) whose median is told."""
    warm_up: float
    """Seconds of load before anything is measured; 0 for none."""
    seconds: float
    """Length of one load in one round."""
    events: int
    """Events that are published and applied."""
    growth: int
    """How many times the shipped nominees and movies the grown lists hold."""
    requests: int
    """Requests between the two looks at the resident memory."""


TINY = Effort("tiny", rounds=1, warm_up=0, seconds=0.2, events=1_000, growth=2, requests=200)
"""Measures nothing; shows that the harness works."""
QUICK = Effort("quick", rounds=2, warm_up=1, seconds=1.0, events=50_000, growth=10, requests=2_000)
NORMAL = Effort(
    "normal", rounds=5, warm_up=1, seconds=3.0, events=1_000_000, growth=100, requests=10_000
)
FULL = Effort(
    "full", rounds=5, warm_up=1, seconds=3.0, events=5_000_000, growth=100, requests=10_000
)
