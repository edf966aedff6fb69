"""Where the page sends rates, and that nothing comes from elsewhere."""

from pathlib import Path

from selenium.webdriver import Chrome

from movieserver.tokens.secret import make_secret
from tests.browser.page import Page
from tests.conftest import Start
from tests.processes import environment, free_port


def test_where_no_rates_are_taken_it_says_so(browser: Chrome, start: Start) -> None:
    page = Page(browser, start("--profile", "public"))
    page.open()
    page.look_up("Casablanca")
    page.sees("#no-rating", "Films are not rated on this page.")
    assert not page.one("#rating").is_displayed()
    page.check_console()
    browser.get("about:blank")


def test_rates_go_to_another_origin_where_the_environment_names_it(
    browser: Chrome, start: Start, data: Path
) -> None:
    make_secret(data)
    listen = f"127.0.0.1:{free_port()}"
    allowed = environment() | {"MOVIESERVER_PAGE_ORIGINS": f"http://{listen}"}
    rating = start("--profile", "rating", environ=allowed)
    named = environment() | {"MOVIESERVER_RATING_ORIGIN": rating.url}
    page = Page(browser, start("--profile", "public", listen=listen, environ=named))
    page.open()
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    page.use_token("judy")
    page.press("Rate it 10 of 10")
    page.sees("#own-status", "You gave it 10 of 10.")
    path = "/movies/tt0034583/users/rate"
    assert rating.get(path, headers=rating.bearer("judy")).json() == {"rate": 10}
    page.press("Take it back")
    page.sees("#own-status", "Your rate was taken back.")
    page.check_console()
    browser.get("about:blank")


def test_another_origin_that_refuses_the_page_is_named(
    browser: Chrome, start: Start, data: Path
) -> None:
    make_secret(data)
    rating = start("--profile", "rating")
    named = environment() | {"MOVIESERVER_RATING_ORIGIN": rating.url}
    page = Page(browser, start("--profile", "public", environ=named))
    page.open()
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    page.use_token("mallory")
    page.sees("#own-status", f"{rating.url} does not answer this page")
    assert any("CORS policy" in line for line in page.console())
    browser.get("about:blank")


def test_nothing_comes_from_another_host(page: Page) -> None:
    page.look_up("Casablanca")
    page.sees("#ceremony-title", "Nominees")
    names = "return performance.getEntriesByType('resource').map(each => each.name)"
    loaded = page.script(names)
    assert len(loaded) > 10
    assert [url for url in loaded if not url.startswith(page.server.url)] == []
