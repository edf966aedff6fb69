"""The page, as people use it."""

from functools import partial
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys

from movieserver.tokens.secret import make_secret
from tests.browser.page import PHONE, WIDE, Page
from tests.conftest import Start
from tests.processes import Process, environment, eventually, free_port
from tests.streams import listeners

COUNT_ANIMATIONS = """
    window.most = 0;
    new MutationObserver(() => requestAnimationFrame(() => {
      window.most = Math.max(window.most, document.getAnimations().length);
    })).observe(document.getElementById('ten'), {childList: true, subtree: true});
"""
"""Keeps in ``most`` how many animations there were at once."""

KEEP_SAID = """
    window.said = [];
    for (const place of document.querySelectorAll('#status, #own-status')) {
      new MutationObserver(() => window.said.push(place.textContent))
        .observe(place, {childList: true});
    }
"""
"""Keeps in ``said`` what a listener hears of the search and of the own rate."""

HOLD = """
    const real = window.fetch;
    const method = arguments[0];
    const held = () => new Promise((done) => { window.release = done; });
    window.answered = 0;
    window.fetch = async (url, options = {}) => {
      const own = String(url).endsWith('/users/rate') && (options.method ?? 'GET') === method;
      const first = own && !window.release;
      if (first && method !== 'GET') await held();
      const answer = await real(url, options);
      if (!own) return answer;
      const body = await answer.json();
      if (first && method === 'GET') await held();
      window.answered += 1;
      return { ok: answer.ok, status: answer.status, json: async () => body };
    };
"""
"""Holds the first request for the own rate by that method, or the answer to a GET, until
``release`` is called."""


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


def test_a_beginning_that_is_asked_for_is_no_title(page: Page) -> None:
    page.look_up("mutiny on the boun")
    page.sees("#status", "'mutiny on the boun' is not a nominee for Best Picture. Did you mean:")
    page.sees("#suggestions", "Mutiny on the Bounty, 1935 (8th)")
    assert page.offered() == []


def test_the_nominees_of_the_year_stand_beside_it(page: Page) -> None:
    page.look_up("12 angry men")
    page.sees("#ceremony-title", "Nominees of 1957 (30th)")
    listed = page.texts("#nominees button")
    assert listed[0] == "The Bridge on the River Kwai"
    assert len(listed) == 5
    assert "won" in page.text("#nominees li:first-child")
    assert page.text("#nominees [aria-current] button") == "12 Angry Men"
    page.press("Sayonara")
    page.sees("#film-title", "Sayonara")
    page.sees("#nominees [aria-current]", "Sayonara")


def test_a_title_that_was_not_nominated_has_suggestions(page: Page) -> None:
    page.look_up("Parasit")
    page.sees("#status", "'Parasit' is not a nominee for Best Picture. Did you mean:")
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


def test_the_ten_best_move_live(page: Page) -> None:
    for title, movie_id, rate in (("Casablanca", "tt0034583", 9), ("Parasite", "tt6751668", 10)):
        assert page.server.rate("carol", movie_id, rate).status_code == 200
        eventually(partial(leads, page, title), 5.0)
    assert page.ten()[:2] == ["Parasite", "Casablanca"]
    page.sees("#ten li:first-child", "10.0")
    page.sees("#news", "First is Parasite with 10.0")
    page.press("Casablanca", within="#ten")
    page.sees("#verdict", "Won Best Picture")


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


def test_rating_a_film_and_taking_it_back(page: Page) -> None:
    page.look_up("The Apartment")
    page.sees("#mean", "Nobody has rated it yet.")
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
    page.sees("#own-status", "Your rate is taken back.")
    assert page.server.get(path, headers=bearer).status_code == 404
    page.sees("#mean", "Nobody has rated it yet.")


def test_a_press_is_not_undone_by_the_answer_to_what_was_asked_before(page: Page) -> None:
    page.server.rate("olga", "tt0053604", 4)
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    page.use_token("olga")
    page.script(KEEP_SAID)
    page.script(HOLD, "GET")
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    eventually(lambda: page.script("return Boolean(window.release)"))
    page.press("Rate it 8 of 10")
    page.sees("#own-status", "You gave it 8 of 10.")
    page.script("window.release()")
    eventually(lambda: page.script("return window.answered") == 1)
    assert page.one("#choices [aria-pressed=true]").text == "8"
    assert "You gave it 4 of 10." not in page.script("return window.said")


def test_the_last_of_two_quick_presses_holds(page: Page) -> None:
    page.look_up("The Apartment")
    page.sees("#film-title", "The Apartment")
    page.use_token("peter")
    page.script(KEEP_SAID)
    page.script(HOLD, "POST")
    page.press("Rate it 3 of 10")
    page.press("Rate it 7 of 10")
    page.script("window.release()")
    eventually(lambda: page.script("return window.answered") == 2)
    page.sees("#own-status", "You gave it 7 of 10.")
    assert page.one("#choices [aria-pressed=true]").text == "7"
    assert "You gave it 3 of 10." not in page.script("return window.said")
    bearer = page.server.bearer("peter")
    assert page.server.get("/movies/tt0053604/users/rate", headers=bearer).json() == {"rate": 7}


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


def test_all_of_it_by_keyboard(page: Page) -> None:
    page.keys(Keys.TAB)
    assert page.focused() == "Skip to the search"
    page.keys(Keys.ENTER)
    page.keys("Parasit", Keys.ENTER)
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
    page.look_up("Parasit")
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
    page.sees("#own-status", "Your rate is taken back.")
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


def test_the_server_being_away_is_said(browser: Chrome, start: Start) -> None:
    server: Process = start("--profile", "dev")
    page = Page(browser, server)
    page.open()
    server.kill()
    page.look_up("Casablanca")
    page.sees("#status", "The server does not answer. Please try again.")
    browser.get("about:blank")
    page.check_console()
