"""What assistive technology is told: roles, names and states, and what changes by itself."""

from selenium.webdriver import Keys

from tests.browser.accessibility import Node, tree
from tests.browser.page import Page
from tests.processes import eventually


def announced(page: Page) -> dict[int, str]:
    """The texts of the places that are listened to, by their elements."""
    places = tree(page).all("status")
    assert {each.states["live"] for each in places} == {"polite"}
    return {each.dom: each.text for each in places}


def hears(page: Page, text: str) -> int:
    """Wait until ``text`` is announced; the element that it is announced at."""

    def places() -> list[int]:
        return [place for place, said in announced(page).items() if text in said]

    (place,) = eventually(places)
    return int(place)


def test_the_search_is_a_combobox(page: Page) -> None:
    field = tree(page).one("combobox", "Title of a film")
    assert "Its beginning is enough." in field.description
    assert (field.states["expanded"], field.states["autocomplete"]) == (False, "list")
    assert tree(page).all("listbox") == []
    page.type("mutiny")
    eventually(lambda: len(page.offered()) == 3)
    page.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    whole = tree(page)
    field, listed = whole.one("combobox"), whole.one("listbox", "Nominees")
    options = listed.all("option")
    assert [each.states["selected"] for each in options] == [False, True, False]
    assert options[0].name == "Mutiny on the Bounty 1935 (8th), won"
    assert field.states["expanded"] is True
    assert field.states["focused"] is True
    assert field.states["controls"] == [listed.dom]
    assert field.states["activedescendant"] == [options[1].dom]
    page.keys(Keys.ESCAPE)
    field = tree(page).one("combobox")
    assert (field.states["expanded"], field.states.get("activedescendant")) == (False, None)


def test_what_changes_is_announced_where_listeners_are_already(page: Page) -> None:
    before = announced(page)
    assert set(before.values()) == {""}
    page.type("the godf")
    assert hears(page, "3 nominees to choose from.") in before
    page.look_up("Parasyte")
    assert hears(page, "'Parasyte' is not a nominee for Best Picture. Did you mean:") in before
    page.look_up("Wings")
    assert hears(page, "Wings won Best Picture: 1927/28 (1st).") in before
    page.server.rate("rita", "tt0018578", 10)
    assert hears(page, "The ten best have changed. First is Wings with 10.0.") in before
    page.use_token("rita")
    before = announced(page)
    page.press("Rate it 9 of 10")
    assert hears(page, "You gave it 9 of 10.") in before


def test_a_film_is_told_without_its_picture(page: Page) -> None:
    for user, rate in (("u1", 9), ("u2", 9), ("u3", 8)):
        assert page.server.rate(user, "tt0053604", rate).status_code == 200
    eventually(lambda: page.server.get("/movies/tt0053604").json()["rate_count"] == 3)
    page.look_up("The Apartment")
    page.sees("#mean", "by 3 users")
    page.sees("#ceremony-title", "Nominees of 1960")
    film = tree(page).one("region", "The Apartment")
    chart = film.one("image", "Rates from 10 to 1: 9 by 2 users, 8 by 1 user.")
    assert chart.text == ""
    assert film.one("heading").states["level"] == 2
    others = tree(page).one("region", "Nominees of 1960 (33rd)").one("list")
    assert [each.name for each in others.all("button")] == page.texts("#nominees button")


def test_the_form_of_a_rate(page: Page) -> None:
    page.server.rate("sven", "tt0034583", 9)
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    token = tree(page).one("textbox", "Your token")
    assert token.description == "It stays in this tab and is sent only to the server."
    page.use_token("sven")
    page.sees("#own-status", "You gave it 9 of 10.")
    form = tree(page).one("group", "Your rate")
    assert form.description == "You gave it 9 of 10."
    *rates, take_back = form.all("button")
    assert [each.name for each in rates] == [f"Rate it {rate} of 10" for rate in range(1, 11)]
    assert pressed(rates) == ["Rate it 9 of 10"]
    assert take_back.name == "Take it back"


def pressed(buttons: list[Node]) -> list[str]:
    """The names of those that are pressed."""
    return [each.name for each in buttons if each.states["pressed"] == "true"]


def test_the_ten_best_are_a_list_of_places_films_and_rates(page: Page) -> None:
    page.server.rate("tara", "tt0068646", 10)
    eventually(lambda: page.ten()[0] == "The Godfather")
    page.sees("#ten li:first-child", "1 rate")
    ten = tree(page).one("region", "The ten best")
    items = ten.one("list").all("listitem")
    assert len(items) == 10
    assert items[0].one("button").name == "The Godfather"
    assert items[0].text == "1 The Godfather 10.0 1 rate"
    assert "●" not in ten.text
