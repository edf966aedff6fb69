"""A short run with a fixed seed; ``bin/fuzz`` takes longer and tries more."""

from pathlib import Path

from tests.fuzz.run import fuzz

SELECTED = "--max-examples=1", "--seed=1", "--phases=examples,coverage,fuzzing", "--no-shrink"


def test_no_answer_is_wrong_undocumented_or_slow(tmp_path: Path) -> None:
    ended = fuzz("dev", tmp_path, *SELECTED)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Fuzzing" in ended.stdout
