"""Rating a film on the page, by a token."""

import pytest
from selenium.webdriver import Keys

from tests.browser.page import Page
from tests.browser.scripts import HOLD, KEEP_SAID, NO_STORAGE
from tests.processes import eventually


def test_rating_a_film_and_taking_it_back(page: Page) -> None:
    page.look_up("The Apartment")
    page.sees("#mean", "Nobody has rated it yet.")
    assert page.texts("#chart svg") == []
    page.press("Rate it 9 of 10")
    page.sees("#own-status", "Paste a token first")
    assert page.focused() == "token"
    page.use_token("frank")
    page.press("Rate it 9 of 10")
    page.sees("#own-status", "You gave it 9 of 10.")
    path, bearer = "/movies/tt0053604/users/rate", page.server.bearer("frank")
    assert page.server.get(path, headers=bearer).json() == {"rate": 9}
    page.sees("#mean", "9.0 of 10, by 1 user")
    label = page.one("#chart svg").get_attribute("aria-label")
    assert label == "Rates from 10 to 1: 9 by 1 user."
    page.browser.refresh()
    page.look_up("The Apartment")
    page.sees("#own-status", "You gave it 9 of 10.")
    assert page.one("#choices [aria-pressed=true]").text == "9"
    page.press("Take it back")
    page.sees("#own-status", "Your rate was taken back.")
    assert page.server.get(path, headers=bearer).status_code == 404
    page.sees("#mean", "Nobody has rated it yet.")


@pytest.mark.parametrize(("held", "presses", "late"), [("GET", [8], 4), ("POST", [3, 8], 3)])
def test_the_last_press_holds_whichever_answer_comes_last(
    page: Page, held: str, presses: list[int], late: int
) -> None:
    page.server.rate("olga", "tt0053604", 4)
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    page.use_token("olga")
    page.script(HOLD, held)
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    page.script(KEEP_SAID)
    for rate in presses:
        page.press(f"Rate it {rate} of 10")
    eventually(lambda: page.script("return Boolean(window.release)"))
    page.script("window.release()")
    eventually(lambda: page.script("return window.answered") == len(presses))
    page.sees("#own-status", "You gave it 8 of 10.")
    assert page.one("#choices [aria-pressed=true]").text == "8"
    assert f"You gave it {late} of 10." not in page.script("return window.said")
    bearer = page.server.bearer("olga")
    assert page.server.get("/movies/tt0053604/users/rate", headers=bearer).json() == {"rate": 8}


def test_the_failure_of_a_press_is_not_told_while_a_later_one_is_on_its_way(page: Page) -> None:
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    page.use_token("paula")
    page.script(KEEP_SAID)
    page.script(HOLD, "POST", "The store of rates is away.")
    page.press("Rate it 3 of 10")
    eventually(lambda: page.script("return Boolean(window.release)"))
    page.press("Rate it 8 of 10")
    page.script("window.release()")
    page.sees("#own-status", "You gave it 8 of 10.")
    assert "The store of rates is away." not in page.script("return window.said")
    assert page.text("#missed") == ""


def test_a_rate_that_fails_once_its_film_is_shown_again_is_told(page: Page) -> None:
    assert page.server.rate("ursula", "tt0053604", 4).status_code == 200
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    page.use_token("ursula")
    page.script(HOLD, "POST", "The store of rates is away.")
    page.press("Rate it 9 of 10")
    eventually(lambda: page.script("return Boolean(window.release)"))
    for title in ("Casablanca", "The Apartment"):
        page.look_up(title)
        page.sees("#film-title", title)
    page.script("window.release()")
    page.sees("#own-status", "You gave it 4 of 10.")
    assert page.text("#missed") == "Your rate of The Apartment: The store of rates is away."


@pytest.mark.parametrize(
    ("method", "press"), [("POST", "Rate it 9 of 10"), ("DELETE", "Take it back")]
)
@pytest.mark.parametrize("left_for", ["Casablanca", "zzz"])
def test_a_rate_that_fails_after_its_film_was_left_is_told_with_its_name(
    page: Page, method: str, press: str, left_for: str
) -> None:
    assert page.server.rate("quinn", "tt0053604", 4).status_code == 200
    assert page.server.rate("quinn", "tt0034583", 6).status_code == 200
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    page.use_token("quinn")
    page.sees("#own-status", "You gave it 4 of 10.")
    page.script(KEEP_SAID)
    page.script(HOLD, method, "The store of rates is away.")
    page.press(press)
    eventually(lambda: page.script("return Boolean(window.release)"))
    page.look_up(left_for)
    eventually(lambda: page.text("#film-title") != "The Apartment")
    page.script("window.release()")
    page.look_up("Casablanca")
    page.sees("#missed", "Your rate of The Apartment: The store of rates is away.")
    page.sees("#own-status", "You gave it 6 of 10.")
    assert "The store of rates is away." not in page.script("return window.said")
    page.press("Rate it 7 of 10")
    page.sees("#own-status", "You gave it 7 of 10.")
    assert page.text("#missed") == ""


@pytest.mark.parametrize(
    ("method", "press", "told"),
    [("POST", "Rate it 9 of 10", "not stored"), ("DELETE", "Take it back", "not taken back")],
)
@pytest.mark.parametrize("successor", ["sybil", ""])
def test_a_rate_whose_token_is_refused_after_it_was_changed_is_told(
    page: Page, method: str, press: str, told: str, successor: str
) -> None:
    assert page.server.rate("rupert", "tt0053604", 4).status_code == 200
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    page.use_token("rupert")
    page.sees("#own-status", "You gave it 4 of 10.")
    page.script(HOLD, method, "The bearer token is refused.", 401)
    page.press(press)
    eventually(lambda: page.script("return Boolean(window.release)"))
    page.press("Forget it")
    if successor:
        page.use_token(successor)
    kept = page.script("return sessionStorage.getItem('movieserver-token')")
    page.script("window.release()")
    page.sees("#missed", f"Your rate of The Apartment: {told}, its token was refused.")
    assert page.script("return sessionStorage.getItem('movieserver-token')") == kept
    assert (kept is not None) == bool(successor)


@pytest.mark.parametrize("successor", ["tess", ""])
def test_a_rate_that_is_stored_after_its_token_was_changed_is_not_shown(
    page: Page, successor: str
) -> None:
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    page.use_token("stan")
    page.script(HOLD, "POST")
    page.press("Rate it 9 of 10")
    eventually(lambda: page.script("return Boolean(window.release)"))
    page.press("Forget it")
    if successor:
        page.use_token(successor)
    page.script("window.release()")
    eventually(lambda: page.script("return window.answered") == 1)
    assert page.texts("#choices [aria-pressed=true]") == []
    assert not page.one("#take-back").is_displayed()


def test_a_token_that_is_refused_is_forgotten_and_spoken_of_once(page: Page) -> None:
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    page.one("#token").send_keys("a.b.c", Keys.ENTER)
    page.sees("#own-status", "It is forgotten.")
    assert page.script("return sessionStorage.length") == 0
    assert not page.one("#forget-token").is_displayed()
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    assert page.text("#own-status") == ""


def test_a_token_stays_in_the_tab_and_can_be_forgotten(page: Page) -> None:
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    page.use_token("grace")
    assert page.script("return localStorage.length + document.cookie.length") == 0
    assert page.one("#token").get_attribute("value") == ""
    page.press("Forget it")
    page.sees("#own-status", "The token is forgotten.")
    assert page.script("return sessionStorage.length") == 0


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("a.b.c", "The bearer token is refused"),
        ("two words", "This is no token"),
        ("", "There is no token in the field."),
    ],
)
def test_a_token_that_is_none_is_refused_in_words(page: Page, pasted: str, said: str) -> None:
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    page.one("#token").send_keys(pasted, Keys.ENTER)
    page.sees("#own-status", said)
    assert "bad" in str(page.one("#own-status").get_attribute("class"))


def test_without_storage_the_page_works_and_a_token_lasts_until_it_is_left(page: Page) -> None:
    with page.altered(NO_STORAGE):
        page.look_up("Marty")
        page.sees("#film-title", "Marty")
        page.use_token("rita")
        page.press("Rate it 7 of 10")
        page.sees("#own-status", "You gave it 7 of 10.")
        page.press("Forget it")
        page.press("Rate it 8 of 10")
        page.sees("#own-status", "Paste a token first")
