"""The profiles that ship."""

from pathlib import Path

import pytest

from movieserver.profile import read_profile
from movieserver.profile.files import shipped_names
from tests.profiles import plugins as fakes

READS = ["bestpictures", "top10", "top10_stream", "ceremonies", "movies"]
EVERYTHING = {
    "dev": (8080, [*READS, "rates", "page", "health", "metrics", "description"], 7, 3),
    "public": (8080, [*READS, "page", "health", "metrics", "description"], 4, 1),
    "rating": (8081, ["rates", "health", "metrics", "description"], 1, 2),
    "consumer": (8082, ["health", "metrics", "description"], 2, 2),
}


def test_the_shipped_profiles_are_known() -> None:
    assert shipped_names() == sorted(EVERYTHING)


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_shipped_profile_can_be_run(folder: Path, name: str) -> None:
    port, handlers, jobs, stores = EVERYTHING[name]
    profile = read_profile(name, environ={}, plugins=fakes.plugins())
    assert (profile.name, profile.host, profile.port) == (name, "127.0.0.1", port)
    assert [use.name for use in profile.handlers] == handlers
    assert [use.access for use in profile.handlers if use.name == "rates"] == ["token"] * (
        "rates" in handlers
    )
    assert (len(profile.jobs), len(profile.stores)) == (jobs, stores)
    assert profile.make_secret is (name == "dev")
    assert profile.shipped_data is (name != "rating")


@pytest.mark.parametrize("name", ["dev", "public", "rating"])
def test_pages_may_call_where_the_environment_names_them(name: str) -> None:
    assert not read_profile(name, environ={}, plugins=fakes.plugins()).cors
    environ = {"MOVIESERVER_PAGE_ORIGINS": "https://films.example,https://www.films.example"}
    profile = read_profile(name, environ=environ, plugins=fakes.plugins())
    assert profile.cors.origins == ("https://films.example", "https://www.films.example")


def test_a_shipped_profile_follows_the_environment(folder: Path) -> None:
    environ = {"MOVIESERVER_LISTEN": "0.0.0.0:80", "MOVIESERVER_MOVIES": "sqlite:////m.db"}
    profile = read_profile("public", environ=environ, plugins=fakes.plugins())
    assert (profile.host, profile.port) == ("0.0.0.0", 80)
    assert profile.stores["movies"].url == "sqlite:////m.db"
