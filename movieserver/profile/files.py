"""Finds profiles: shipped ones by name, any others by path."""

import os
from pathlib import Path

from movieserver.errors import ConfigurationError
from movieserver.texts import listed, nearest

PACKAGE = Path(__file__).parent.parent
SUFFIXES = (".yaml", ".yml")


def find_profile(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a profile: a text with a slash or a YAML suffix is a path, any other is a name.

    Raises ``ConfigurationError`` if no shipped profile has the name.
    """
    text = os.fspath(name_or_path)
    if "/" in text or text.endswith(SUFFIXES):
        return Path(text)
    folder = shipped_folder()
    names = shipped_names()
    if text in names:
        return folder / f"{text}.yaml"
    raise ConfigurationError(
        f"--profile: there is no profile {text!r}; {nearest(text, names)}allowed: {listed(names)}, "
        "or the path of a file, such as ./mine.yaml"
    )


def shipped_names() -> list[str]:
    """The names of the profiles that ship, in alphabetical order."""
    return sorted(path.stem for path in shipped_folder().glob("*.yaml"))


def shipped_folder() -> Path:
    """The folder of the shipped profiles: inside the installed package, or beside it in a clone."""
    inside = PACKAGE / "config"
    return inside if inside.is_dir() else PACKAGE.parent / "config"
