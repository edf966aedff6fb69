"""The parts of the event log's contract suite, one per subject."""

import pytest

PARTS = ("publishing", "delivery", "groups", "reading", "model")

# Makes a failure show what was compared.
pytest.register_assert_rewrite(
    "movieserver.testing.samples", *(f"{__name__}.{part}" for part in PARTS)
)
