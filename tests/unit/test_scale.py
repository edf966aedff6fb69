"""docs/scale.md quotes what the simulation prints."""

from pathlib import Path

import pytest

from benchmarks.scale import main

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"


def test_the_page_quotes_the_simulation(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert f"```text\n{capsys.readouterr().out}```" in PAGE.read_text("utf-8")
