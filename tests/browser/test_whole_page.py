"""The page as a whole: by keyboard, with assistive technology, soon, and without its server."""

import pytest
from selenium.webdriver import Chrome, Keys

from tests.browser.page import PHONE, WIDE, Page
from tests.conftest import Start
from tests.processes import Process, eventually


def test_all_of_it_by_keyboard(page: Page) -> None:
    page.keys(Keys.TAB)
    assert page.focused() == "Skip to the search"
    page.keys(Keys.ENTER)
    page.keys("Parasyte", Keys.ENTER)
    page.sees("#suggestions", "Parasite, 2019")
    page.keys(Keys.TAB)
    assert page.focused() == "Parasite, 2019 (92nd)"
    page.keys(Keys.ENTER)
    eventually(lambda: page.focused() == "Parasite")
    page.keys(Keys.TAB, Keys.ENTER)
    page.sees("#own-status", "Paste a token first")
    assert page.focused() == "token"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_axe_finds_nothing_serious(page: Page, scheme: str, size: tuple[int, int]) -> None:
    page.server.rate("heidi", "tt6751668", 8)
    page.open(size, prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    assert page.problems() == []
    page.type("pa")
    eventually(lambda: len(page.offered()) == 10)
    page.keys(Keys.ARROW_DOWN)
    assert page.problems() == []
    page.look_up("Parasyte")
    page.sees("#suggestions", "Parasite")
    assert page.problems() == []
    page.look_up("Parasite")
    page.sees("#ceremony-title", "Nominees of 2019")
    page.sees("#mean", "of 10")
    page.press("Rate it 9 of 10")
    page.sees("#own-status", "Paste a token first")
    assert page.problems() == []
    page.use_token("heidi")
    page.sees("#own-status", "You gave it 8 of 10.")
    assert page.problems() == []
    assert page.fits(size)


def test_it_is_usable_within_half_a_second(page: Page) -> None:
    usable = """
        const done = arguments[0];
        const look = () => document.querySelectorAll('#ten li').length === 10
          ? done(performance.now()) : requestAnimationFrame(look);
        look();
    """
    times = []
    for _ in range(5):
        page.browser.get(page.server.url)
        times.append(page.browser.execute_async_script(usable))
    assert min(times) < 500, times


def test_the_server_being_away_is_said(browser: Chrome, start: Start) -> None:
    server: Process = start("--profile", "dev")
    page = Page(browser, server)
    page.open()
    server.kill()
    page.look_up("Casablanca")
    page.sees("#status", "The server does not answer. Please try again.")
    browser.get("about:blank")
    page.check_console()
