"""The page on the architecture names every room."""

import re
from pathlib import Path

import pytest

from tests.docs.page import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PACKAGE = ROOT / "movieserver"


def rooms(folder: Path) -> list[str]:
    """The folders and modules of a folder, as the page writes them."""
    folders = [f"{path.name}/" for path in folder.iterdir() if path.is_dir()]
    modules = [path.name for path in folder.glob("*.py")]
    return sorted(name for name in folders + modules if not name.startswith("_"))


def part(start: str, end: str) -> str:
    """What the page shows between two folders."""
    return PAGE.partition(f"\n{start}")[2].partition(f"\n{end}")[0]


@pytest.mark.parametrize("name", rooms(PACKAGE))
def test_every_room_of_the_package_is_named(name: str) -> None:
    lines = part("movieserver/", "tests/").splitlines()
    assert name in [word for line in lines for word in re.split(" {3,}", line[2:])[0].split()]


@pytest.mark.parametrize("name", [name for name in rooms(ROOT / "tests") if name.endswith("/")])
def test_every_folder_of_tests_is_named(name: str) -> None:
    assert name in re.split(r"[\s,]+", part("tests/", "engines/"))
