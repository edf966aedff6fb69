"""The film in the page's address."""

from pathlib import Path

from selenium.webdriver import Keys

from tests.browser.page import Page
from tests.processes import eventually, run

PARASITE = "?film=tt6751668"


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
    at(page, "?film=tt0068646")
    page.browser.back()
    page.sees("#welcome", "Some to begin with")


def test_what_is_not_there_is_said(page: Page) -> None:
    page.browser.get(f"{page.server.url}/?title=Parasyte")
    page.sees("#suggestions", "Parasite, 2019")
    at(page, "")
    page.browser.get(f"{page.server.url}/?year=x")
    page.sees("#welcome", "Some to begin with")
    for film in ("tt0", "top10", "top", "..", "search"):
        page.browser.get(f"{page.server.url}/?film={film}")
        page.sees("#status", "This film is not in the catalogue.")
        assert page.browser.title == "movieserver: Best Picture"
    for film in ("a/b", "%3Cscript%3E"):
        page.browser.get(f"{page.server.url}/?film={film}")
        page.sees("#status", "A movie's id must be 1 to 20 characters")
    assert all("400 (Bad Request)" in line or "404" in line for line in page.console())


def test_the_way_to_the_search_leads_back_at_once(page: Page) -> None:
    page.look_up("parasite")
    at(page, PARASITE)
    page.look_up("jaws")
    page.sees("#film-title", "Jaws")
    page.type("not asked for")
    page.one(".skip").send_keys(Keys.ENTER)
    eventually(lambda: page.focused() == "title")
    assert page.one("#title").get_attribute("value") == "not asked for"
    page.browser.back()
    page.sees("#film-title", "Jaws")
    page.browser.back()
    page.sees("#film-title", "Parasite")


def test_a_nominee_is_one_by_whatever_title_the_catalogue_has(page: Page, tmp_path: Path) -> None:
    films = tmp_path / "films.csv"
    films.write_text("id,title,year,box_office_value\ntt0073195,Tiburón,1975,\n", "utf-8")
    assert run("import", "movies", str(films), data=page.server.data).returncode == 0
    page.browser.get(f"{page.server.url}/?film=tt0073195")
    page.sees("#film-title", "Jaws")
    assert "did not win" in page.text("#verdict")


def test_two_of_one_title_and_year_are_told_apart(page: Page, tmp_path: Path) -> None:
    nominees = tmp_path / "nominees.csv"
    rows = [f"nn{n},Same Title,2030,103,film {n},{won},2030" for n, won in ((1, "no"), (2, "yes"))]
    header = "id,title,year,ceremony,additional_info,won,award_year"
    nominees.write_text("\n".join([header, *rows]))
    assert run("import", "nominees", str(nominees), data=page.server.data).returncode == 0
    eventually(lambda: page.server.get("/movies/bestpictures/nn1").ok)
    page.look_up("Same Title")
    page.sees("#verdict", "Won Best Picture")
    page.press("Same Title, 2030 (103rd)")
    page.sees("#verdict", "did not win")
    assert "film 1" in page.text("#facts")
    page.browser.refresh()
    page.sees("#facts", "film 1")
    page.sees("#alternatives", "Same Title, 2030 (103rd)")


def test_a_title_that_nobody_has_is_another_page_to_go_back_from(page: Page) -> None:
    page.look_up("parasite")
    at(page, PARASITE)
    page.look_up("qqqq")
    page.sees("#status", "qqqq")
    at(page, "")
    page.browser.back()
    page.sees("#film-title", "Parasite")


def test_an_address_that_is_not_there_any_more_is_no_trap_for_the_way_back(page: Page) -> None:
    page.look_up("parasite")
    at(page, PARASITE)
    page.script("history.pushState(null, '', '?film=tt0')")
    page.look_up("jaws")
    at(page, "?film=tt0073195")
    page.browser.back()
    page.sees("#status", "This film is not in the catalogue.")
    at(page, "")
    page.browser.back()
    page.sees("#film-title", "Parasite")
