"""A short run with a fixed seed; ``bin/fuzz`` takes longer and tries more."""

from pathlib import Path

import pytest

from tests.fuzz.run import LIMITED, fuzz

SELECTED = "--max-examples=1", "--seed=1", "--no-shrink"


@pytest.mark.parametrize(
    ("profile", "phases"),
    [
        pytest.param("dev", "examples,coverage,fuzzing", id="dev"),
        pytest.param("public", "examples,fuzzing", id="public"),
        pytest.param("rating", "examples,fuzzing", id="rating"),
        pytest.param("consumer", "coverage,fuzzing", id="consumer"),
        # Its limits are met by the first calls already.
        pytest.param(LIMITED, "examples,fuzzing", id="limited"),
    ],
)
def test_no_answer_is_wrong_undocumented_or_slow(tmp_path: Path, profile: str, phases: str) -> None:
    ended = fuzz(profile, tmp_path, *SELECTED, f"--phases={phases}")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Fuzzing" in ended.stdout
    assert "Unmatched" not in ended.stdout
