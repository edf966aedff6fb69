"""The parts of the movie store's contract suite, one per subject."""

import pytest

PARTS = ("catalogue", "ranking", "averages", "revisions", "repair", "model")

# Makes a failure show what was compared.
pytest.register_assert_rewrite(
    "movieserver.testing.samples", *(f"{__name__}.{part}" for part in PARTS)
)
