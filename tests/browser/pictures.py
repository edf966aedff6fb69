"""``bin/pictures [FOLDER]``: the pictures of the page that the README shows, of made-up rates."""

import random
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser.chromium import chromium
from tests.browser.page import Page
from tests.processes import Process, eventually

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PARASITE = "tt6751668"
FILMS = {
    "tt0050083": 9.0, "tt0068646": 8.9, PARASITE: 8.7, "tt0034583": 8.6, "tt0108052": 8.4,
    "tt0120737": 8.2, "tt0110912": 8.1, "tt0099685": 8.0, "tt0042192": 7.9, "tt0081505": 7.7,
    "tt0088763": 7.5, "tt0053604": 7.4,
}  # fmt: skip
"""What is thought of some films, on average."""
USERS = 28
END = """
    const last = document.querySelector(arguments[0]).getBoundingClientRect().bottom;
    return Math.round(last + parseFloat(getComputedStyle(document.body).paddingBottom));
"""
"""Where a picture ends that is to show all of an element."""
DESK, PHONE = (1280, 900), (390, 844)


def take_both(folder: Path) -> None:
    """Take the pictures of a wide window and of a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as data:
        server, browser = Process("--profile", "dev", data=Path(data)), chromium()
        try:
            rate(server)
            page = Page(browser, server)
            take(page, folder / "page-wide.png", DESK, "light")
            take(page, folder / "page-phone.png", PHONE, "dark")
        finally:
            browser.quit()
            server.terminate()


def rate(server: Process) -> None:
    """Rate the films, the same way every time."""
    chance = random.Random(97)
    for movie_id, liked in FILMS.items():
        for user in range(chance.randint(USERS - 8, USERS)):
            given = min(10, max(1, round(chance.gauss(liked, 1.5))))
            assert server.rate(f"user {user}", movie_id, given).status_code == 200
    assert server.rate("user 0", PARASITE, 9).status_code == 200
    eventually(lambda: all(each["rate_count"] >= USERS - 8 for each in server.top10()))


def take(page: Page, path: Path, size: tuple[int, int], scheme: str) -> None:
    """Save what the page looks like with a film that the user has rated."""
    page.open(size, prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    page.look_up("Parasite")
    page.sees("#ceremony-title", "Nominees of 2019")
    page.sees("#mean", "of 10")
    page.use_token("user 0")
    page.sees("#own-status", "You gave it 9 of 10.")
    page.script("document.activeElement.blur(); scrollTo(0, 0)")
    height = page.script(END, "#film" if size is PHONE else "main")
    clip = {"x": 0, "y": 0, "width": size[0], "height": height, "scale": 1}
    taken = page.browser.execute_cdp_cmd(
        "Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True}
    )
    path.write_bytes(b64decode(taken["data"]))


if __name__ == "__main__":
    take_both(Path(sys.argv[1]) if sys.argv[1:] else IMAGES)
