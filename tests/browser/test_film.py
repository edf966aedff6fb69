"""The card of a film: it shows that film alone, and as it is now."""

from pathlib import Path

from tests.browser.page import PHONE, Page
from tests.browser.scripts import HOLD_FILM, REFRESH, REFUSE_FILM
from tests.processes import eventually, run


def test_the_rates_of_one_film_are_not_seen_beside_the_title_of_the_next(page: Page) -> None:
    page.server.rate("ivan", "tt0053604", 9)
    page.look_up("The Apartment")
    page.sees("#mean", "of 10, by 1 user")
    page.sees("#ceremony-title", "Nominees of 1960")
    page.script(HOLD_FILM)
    page.look_up("Avatar")
    page.sees("#film-title", "Avatar")
    assert page.text("#mean") == ""
    assert not page.one("#chart").is_displayed()
    page.script("window.release()")
    page.sees("#mean", "Nobody has rated it yet.")
    page.sees("#ceremony-title", "Nominees of 2009")


def test_the_card_follows_the_ten_best(page: Page) -> None:
    page.server.rate("judy", "tt0034583", 10)
    page.look_up("Casablanca")
    page.sees("#mean", "of 10, by 1 user")
    page.server.rate("kim", "tt0034583", 10)
    page.sees("#mean", "of 10, by 2 users")
    page.script(REFUSE_FILM)
    page.server.rate("lena", "tt0034583", 10)
    page.sees("#mean", "of 10, by 3 users")
    assert page.script("return window.refused")


def test_presses_that_change_nothing_do_not_multiply_the_questions(page: Page) -> None:
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    eventually(lambda: page.one("#rates").get_attribute("aria-busy") == "false")
    once = page.browser.execute_async_script(REFRESH, "tt0053604", 1)
    assert page.browser.execute_async_script(REFRESH, "tt0053604", 5) == once + 4


def test_a_title_without_a_space_fits_on_a_phone(page: Page, tmp_path: Path) -> None:
    nominees = tmp_path / "nominees.csv"
    header = "id,title,year,ceremony,additional_info,won,award_year"
    nominees.write_text(f"{header}\nnn9,{'Longest' * 28},2030,103,{'x' * 300},no,2030\n")
    assert run("import", "nominees", str(nominees), data=page.server.data).returncode == 0
    eventually(lambda: page.server.get("/movies/bestpictures/nn9").ok)
    page.open(PHONE)
    page.browser.get(f"{page.server.url}/?film=nn9")
    page.sees("#film-title", "LongestLongest")
    page.sees("#ceremony-title", "Nominees of 2030")
    assert page.fits(PHONE)
    page.script(f"document.getElementById('missed').textContent = '{'Longest' * 28}'")
    assert page.fits(PHONE)
    page.type("Longest")
    eventually(lambda: len(page.offered()) > 0)
    assert page.script("return options.scrollWidth <= options.clientWidth")
    page.look_up(f"{'Longest' * 27}Largest")
    page.sees("#suggestions", "Longest")
    assert page.fits(PHONE)


def test_a_film_fits_on_a_phone_in_letters_of_twice_the_size(page: Page) -> None:
    page.open(PHONE)
    page.look_up("Parasite")
    page.sees("#ceremony-title", "Nominees of 2019")
    page.enlarge()
    assert page.fits(PHONE)
