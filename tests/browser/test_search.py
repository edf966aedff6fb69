"""Finding a film on the page."""

from selenium.webdriver import Keys

from tests.browser.page import Page
from tests.browser.scripts import HOLD_SEARCH, KEEP_SAID
from tests.processes import eventually


def test_a_beginning_lists_the_nominees_and_denies_nothing(page: Page) -> None:
    page.script(KEEP_SAID)
    for prefix, listed in (
        ("p", "Parasite 2019 (92nd), won"),
        ("the god", "The Godfather 1972 (45th), won"),
        ("pa", "Parasite 2019 (92nd), won"),
        ("mut", "Mutiny on the Bounty 1935 (8th), won"),
        ("la", "L.A. Confidential 1997 (70th)"),
        ("12 ang", "12 Angry Men 1957 (30th)"),
        ("gr", "The Graduate 1967 (40th)"),
    ):
        page.type(prefix)
        page.sees("#options", listed)
    assert len(page.offered()) == 10
    assert {*page.script("return window.said")} == {
        "1 nominee to choose from.", "3 nominees to choose from.",
        "4 nominees to choose from.", "10 nominees to choose from.",
    }  # fmt: skip
    assert page.console() == []


def test_a_nominee_is_chosen_by_arrows_and_enter(page: Page) -> None:
    page.type("mutiny")
    eventually(lambda: len(page.offered()) == 3)
    field = page.one("#title")
    assert field.get_attribute("aria-expanded") == "true"
    page.keys(Keys.ARROW_UP, Keys.ARROW_UP)
    chosen = page.one("#options [aria-selected=true]")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert "1962" in chosen.text
    page.keys(Keys.ESCAPE)
    assert (page.offered(), field.get_attribute("aria-expanded")) == ([], "false")
    page.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    page.sees("#facts", "1962 (35th)")
    assert page.text("#status") == (
        "Mutiny on the Bounty was nominated and did not win: 1962 (35th)."
    )
    assert page.focused() == "Mutiny on the Bounty"
    assert page.offered() == []


def test_a_nominee_is_chosen_by_a_click(page: Page) -> None:
    page.type("the godf")
    eventually(lambda: len(page.offered()) == 3)
    page.one("#options li:nth-child(2)").click()
    page.sees("#film-title", "The Godfather Part II")
    assert page.one("#title").get_attribute("value") == "The Godfather Part II"
    page.type("the godf")
    eventually(lambda: len(page.offered()) == 3)
    page.keys(Keys.TAB)
    eventually(lambda: page.offered() == [])


def test_what_was_marked_is_not_taken_for_what_is_typed_after_it(page: Page) -> None:
    page.type("the godfathe")
    eventually(lambda: len(page.offered()) == 3)
    page.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, "r", Keys.ENTER)
    page.sees("#facts", "1972 (45th)")


def test_a_title_is_looked_up_where_it_is_asked_for(page: Page) -> None:
    page.look_up("mutiny on the bounty")
    page.sees("#verdict", "Won Best Picture")
    assert page.text("#film-title") == "Mutiny on the Bounty"
    assert "Metro-Goldwyn-Mayer" in page.text("#facts")
    page.press("Mutiny on the Bounty, 1962 (35th)")
    page.sees("#verdict", "did not win")
    assert page.focused() == "Mutiny on the Bounty"


def test_a_beginning_that_is_asked_for_is_enough_where_one_nominee_has_it(page: Page) -> None:
    page.script(KEEP_SAID)
    page.type("casab")
    page.sees("#options", "Casablanca 1943 (16th), won")
    page.keys(Keys.ENTER)
    page.sees("#film-title", "Casablanca")
    eventually(lambda: page.focused() == "Casablanca")
    assert page.one("#title").get_attribute("value") == "Casablanca"
    assert page.offered() == []
    assert not any("is not a nominee" in said for said in page.script("return window.said"))


def test_a_beginning_of_several_that_is_asked_for_leaves_the_choice(page: Page) -> None:
    page.script(KEEP_SAID)
    page.look_up("mutiny")
    eventually(lambda: len(page.offered()) == 3)
    page.keys(Keys.ENTER)
    eventually(lambda: page.script("return window.said.length") == 2)
    assert {*page.script("return window.said")} == {"3 nominees to choose from."}
    assert len(page.offered()) == 3
    assert page.focused() == "title"
    page.keys(Keys.ARROW_DOWN, Keys.ENTER)
    page.sees("#facts", "1935 (8th)")


def test_a_whole_title_that_is_asked_for_goes_before_those_that_begin_with_it(page: Page) -> None:
    page.type("the godfather")
    eventually(lambda: len(page.offered()) == 3)
    page.keys(Keys.ENTER)
    page.sees("#facts", "1972 (45th)")
    assert page.offered() == []


def test_a_beginning_that_was_asked_for_before_is_not_waited_for(page: Page) -> None:
    page.script(HOLD_SEARCH)
    page.look_up("casab")
    eventually(lambda: page.script("return Boolean(window.release)"))
    page.look_up("Parasite")
    page.sees("#film-title", "Parasite")
    page.script("window.release()")
    eventually(lambda: page.script("return window.answered") == 1)
    assert page.one("#title").get_attribute("value") == "Parasite"
    assert page.text("#film-title") == "Parasite"


def test_the_nominees_of_the_year_stand_beside_it(page: Page) -> None:
    page.look_up("12 angry men")
    page.sees("#ceremony-title", "Nominees of 1957 (30th)")
    listed = page.texts("#nominees button")
    assert listed[0] == "The Bridge on the River Kwai"
    assert len(listed) == 5
    assert "won" in page.text("#nominees li:first-child")
    assert page.text("#nominees [aria-current]") == "12 Angry Men"
    page.press("Sayonara")
    page.sees("#film-title", "Sayonara")
    page.sees("#nominees [aria-current]", "Sayonara")


def test_a_title_that_was_not_nominated_has_suggestions(page: Page) -> None:
    page.look_up("Parasyte")
    page.sees("#status", "'Parasyte' is not a nominee for Best Picture. Did you mean:")
    page.press("Parasite, 2019 (92nd)")
    page.sees("#film-title", "Parasite")
    assert page.one("#title").get_attribute("value") == "Parasite"
    page.type("zzz")
    page.sees("#status", "is not a nominee")
    eventually(lambda: not page.one("#film").is_displayed())


def test_there_is_something_to_begin_with(page: Page) -> None:
    page.press("Mutiny on the Bounty", within="#welcome")
    page.sees("#verdict", "Won Best Picture")
    assert not page.one("#welcome").is_displayed()
    page.one("#title").send_keys(*[Keys.BACKSPACE] * 30)
    eventually(lambda: page.one("#welcome").is_displayed())


def test_what_is_typed_is_shown_as_text(page: Page) -> None:
    page.type("<img src=x onerror=alert(1)>")
    page.sees("#status", "'<img src=x onerror=alert(1)>' is not a nominee")
    assert page.script("return document.images.length") == 0


def test_a_browser_that_cannot_combine_signals_finds_films_too(page: Page) -> None:
    with page.altered("delete AbortSignal.any;"):
        page.look_up("Marty")
        page.sees("#film-title", "Marty")
