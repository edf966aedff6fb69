"""The description's page, as people read it."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.browser.page import PHONE, WIDE, Page
from tests.processes import Process


@pytest.fixture
def docs(browser: Chrome, server: Process) -> Iterator[Page]:
    """``/docs``, not opened yet."""
    page = Page(browser, server)
    yield page
    page.check_console()
    browser.get("about:blank")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_axe_finds_nothing_serious(docs: Page, scheme: str, size: tuple[int, int]) -> None:
    docs.look(size, prefers_color_scheme=scheme)
    docs.browser.get(f"{docs.server.url}/docs")
    assert len(docs.texts("main section")) > 10
    assert docs.fits(size)
    assert docs.problems("moderate") == []
    docs.enlarge()
    assert docs.fits(size)


def test_a_call_is_reached_from_the_list(docs: Page) -> None:
    docs.browser.get(f"{docs.server.url}/docs")
    docs.one("nav a[href='#rateMovie']").click()
    assert docs.browser.current_url.endswith("/docs#rateMovie")
    assert docs.script("return document.querySelector(':target h2').innerText") == (
        "POST /movies/{id}/users/rate"
    )
