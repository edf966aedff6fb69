"""Each broken profile of this folder gives the message that its first lines state, exactly."""

from pathlib import Path

import pytest

from movieserver.errors import ConfigurationError
from movieserver.profile import read_profile
from tests.profiles.plugins import plugins

FOLDER = Path(__file__).parent
BROKEN = sorted(path.name for path in FOLDER.glob("*.yaml"))
ENVIRONMENT = {"WORD": "eight", "NUMBER": "8"}
MARK = b"#> "


def stated(path: Path) -> str:
    """The message that a file has to give: its lines that begin with ``#> ``."""
    lines = path.read_bytes().split(b"\n")
    return "\n".join(line.removeprefix(MARK).decode() for line in lines if line.startswith(MARK))


def test_there_are_broken_profiles() -> None:
    assert len(BROKEN) > 50


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_profile_gives_its_message(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ConfigurationError) as raised:
        read_profile(name, data=tmp_path, environ=ENVIRONMENT, plugins=plugins())
    assert str(raised.value) == stated(FOLDER / name)
