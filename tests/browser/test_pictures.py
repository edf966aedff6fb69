"""The pictures of the page that the README shows can be taken anew."""

import struct
from pathlib import Path

from tests.browser.pictures import DESK, IMAGES, PHONE, take_both


def width(path: Path) -> int:
    """The width that a PNG file says it has."""
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    return int(struct.unpack(">I", content[16:20])[0])


def test_they_are_taken_and_are_those_of_the_readme(tmp_path: Path) -> None:
    take_both(tmp_path)
    taken = sorted(tmp_path.iterdir())
    assert [path.name for path in taken] == sorted(path.name for path in IMAGES.iterdir())
    assert [width(path) for path in taken] == [PHONE[0], DESK[0]]
