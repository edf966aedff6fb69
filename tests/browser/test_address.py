"""The film in the page's address."""

from tests.browser.page import Page
from tests.processes import eventually

PARASITE = "?title=Parasite&year=2019"


def address(page: Page) -> str:
    return str(page.script("return location.pathname + location.search"))


def at(page: Page, query: str) -> None:
    eventually(lambda: address(page) == f"/{query}")


def test_a_film_is_kept_when_the_page_is_loaded_again(page: Page) -> None:
    page.look_up("parasite")
    page.sees("#verdict", "Won Best Picture")
    at(page, PARASITE)
    assert page.browser.title == "Parasite: Best Picture?"
    page.browser.refresh()
    page.sees("#verdict", "Won Best Picture")
    assert page.text("#film-title") == "Parasite"
    assert page.one("#title").get_attribute("value") == "Parasite"
    assert page.focused() != "Parasite"


def test_back_and_forward_lead_from_film_to_film(page: Page) -> None:
    page.look_up("parasite")
    at(page, PARASITE)
    page.look_up("mutiny on the bounty")
    page.sees("#film-title", "Mutiny on the Bounty")
    page.press("Mutiny on the Bounty, 1962 (35th)")
    page.sees("#facts", "1962 (35th)")
    page.browser.back()
    page.sees("#facts", "1935 (8th)")
    page.browser.back()
    page.sees("#film-title", "Parasite")
    page.browser.back()
    page.sees("#welcome", "Some to begin with")
    assert (address(page), page.browser.title) == ("/", "movieserver: Best Picture")
    assert page.text("#film-title") == ""
    page.browser.forward()
    page.sees("#film-title", "Parasite")
    at(page, PARASITE)


def test_a_film_that_is_no_nominee_is_kept_too(page: Page) -> None:
    page.server.rate("ann", "tt0468569", 10)
    eventually(lambda: "The Dark Knight" in page.ten())
    page.press("The Dark Knight", "#ten")
    page.sees("#status", "The Dark Knight was not nominated")
    at(page, "?film=tt0468569")
    page.browser.refresh()
    page.sees("#film-title", "The Dark Knight")
    page.sees("#status", "The Dark Knight was not nominated")


def test_what_somebody_wrote_is_taken_and_no_trap_for_the_way_back(page: Page) -> None:
    page.browser.get(f"{page.server.url}/?title=GODFATHER,%20the")
    page.sees("#film-title", "The Godfather")
    at(page, "?title=The+Godfather&year=1972")
    page.browser.back()
    page.sees("#welcome", "Some to begin with")


def test_what_is_not_there_is_said(page: Page) -> None:
    page.browser.get(f"{page.server.url}/?title=Parasyte")
    page.sees("#suggestions", "Parasite, 2019")
    at(page, "")
    page.browser.get(f"{page.server.url}/?film=tt0")
    page.sees("#status", "The catalogue does not have this film.")
    page.browser.get(f"{page.server.url}/?year=x")
    page.sees("#welcome", "Some to begin with")
    page.browser.get(f"{page.server.url}/?title=Parasite&year=x")
    page.sees("#status", "year")
    assert "400 (Bad Request)" in page.console()[-1]


def test_a_title_that_nobody_has_is_another_page_to_go_back_from(page: Page) -> None:
    page.look_up("parasite")
    at(page, PARASITE)
    page.look_up("qqqq")
    page.sees("#status", "qqqq")
    at(page, "")
    page.browser.back()
    page.sees("#film-title", "Parasite")
