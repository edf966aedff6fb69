"""The ten best on the page, and the stream that moves them."""

from functools import partial
from pathlib import Path

from selenium.webdriver import Chrome

from tests.browser.page import Page
from tests.browser.scripts import COUNT_ANIMATIONS
from tests.conftest import Start
from tests.processes import eventually
from tests.streams import listeners

DEV = Path(__file__).parents[2] / "config" / "dev.yaml"


def test_the_ten_best_move_live(page: Page) -> None:
    for title, movie_id, rate in (("Casablanca", "tt0034583", 9), ("Parasite", "tt6751668", 10)):
        assert page.server.rate("carol", movie_id, rate).status_code == 200
        eventually(partial(leads, page, title), 5.0)
    assert page.ten()[:2] == ["Parasite", "Casablanca"]
    page.sees("#ten li:first-child", "10.0")
    page.sees("#news", "First is Parasite with 10.0")
    page.press("Casablanca", within="#ten")
    page.sees("#verdict", "Won Best Picture")


def test_a_look_up_that_fails_says_nothing_of_the_film(
    browser: Chrome, start: Start, tmp_path: Path
) -> None:
    profile = tmp_path / "limited.yaml"
    unlimited = "bestpictures: {access: public}"
    limited = "bestpictures: {access: public, limit: {requests: 1, seconds: 3600}}"
    profile.write_text(DEV.read_text().replace(unlimited, limited))
    page = Page(browser, start("--profile", str(profile)))
    page.open()
    page.server.get("/movies/bestpictures?title=Wings")
    page.server.rate("carol", "tt6751668", 10)
    eventually(partial(leads, page, "Parasite"), 5.0)
    page.press("Parasite", within="#ten")
    page.sees("#film-title", "Parasite")
    assert "not nominated" not in page.one("#status").text
    page.sees("#status", "1 request in")
    assert any("429" in line for line in page.console())
    browser.get("about:blank")


def leads(page: Page, title: str) -> bool:
    """Whether the film is the first of the ten best."""
    return page.ten()[0] == title


def test_less_motion_where_that_is_preferred(page: Page) -> None:
    page.script(COUNT_ANIMATIONS)
    page.server.rate("dave", "tt0068646", 10)
    eventually(lambda: page.script("return window.most") > 0)
    page.open(prefers_reduced_motion="reduce")
    page.script(COUNT_ANIMATIONS)
    page.server.rate("dave", "tt0099685", 10)
    eventually(lambda: "Good Fellas" in page.ten()[:3])
    assert page.script("return window.most") == 0


def test_the_stream_goes_on_after_a_restart(browser: Chrome, start: Start) -> None:
    first = start("--profile", "dev")
    page = Page(browser, first)
    page.open()
    assert first.terminate() == 0
    page.sees("#live", "connecting")
    again = start("--profile", "dev", listen=first.url.removeprefix("http://"))
    page.sees("#live", "live")
    again.rate("ivan", "tt0034583", 10)
    eventually(lambda: page.ten()[0] == "Casablanca")
    page.check_console()
    browser.get("about:blank")


def test_a_page_that_is_left_holds_no_connection(page: Page) -> None:
    page.sees("#live", "live")
    page.browser.get("about:blank")
    eventually(lambda: listeners(page.server) == 0)
    page.browser.back()
    page.sees("#live", "live")
    assert listeners(page.server) == 1
