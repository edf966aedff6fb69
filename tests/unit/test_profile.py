"""Profiles that are right, and mistakes that are not in a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from movieserver.errors import ConfigurationError
from movieserver.handlers import health
from movieserver.jobs.refresh_view import RefreshView, ViewOptions
from movieserver.profile import Profile, read_profile
from movieserver.profile.files import shipped_names
from movieserver.secret import make_secret
from movieserver.settings import NoOptions
from tests.profiles import plugins as fakes

SMALL = """
profile: small
listen: 127.0.0.1:0
handlers:
  health: {access: public}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str, environ: Mapping[str, str] | None = None, **options: Any) -> Profile:
    """The profile in the file ``p.yaml`` of the current folder that holds ``text``."""
    Path("p.yaml").write_text(text, encoding="utf-8")
    return read_profile("p.yaml", environ=environ or {}, plugins=fakes.plugins(), **options)


def mistake(text: str, environ: Mapping[str, str] | None = None, **options: Any) -> str:
    """The message that ``text`` gives."""
    with pytest.raises(ConfigurationError) as raised:
        read(text, environ, **options)
    return str(raised.value)


def test_a_small_profile_has_every_default(folder: Path) -> None:
    profile = read(SMALL)
    assert (profile.name, profile.path) == ("small", Path("p.yaml"))
    assert (profile.host, profile.port, profile.processes) == ("127.0.0.1", 0, 1)
    assert profile.data == folder / "movieserver-data"
    assert not profile.shipped_data
    assert not profile.make_secret
    assert (dict(profile.stores), profile.jobs) == ({}, ())
    (use,) = profile.handlers
    assert (use.name, use.resource, use.access) == ("health", health.resource, "public")
    assert use.options == NoOptions()
    assert (profile.events.topic, profile.events.partitions) == ("movie_rate_topic", 8)
    assert profile.events.retention == 604_800.0
    assert profile.http.max_header_size == 1_250_000
    assert (profile.log.level, profile.log.format) == ("info", "human")


def test_values_are_taken_as_they_stand(folder: Path) -> None:
    profile = read(
        SMALL
        + """
  tests.profiles.plugins:varied:
    {access: token, title: "7", size: 3, share: 2, color: blue, names: [a, b], loud: true}
processes: 2
stores:
  movies: sqlite:///a.db
  events: {url: "x:y", backend: sqlite, timeout: 2}
  rates: {url: "sqlite:///r.db", backend: tests.profiles.plugins:sqlite}
jobs:
  refresh_view: {period: 1}
""".replace("x:y", "sqlite:///e.db")
    )
    options = profile.handlers[1].options
    assert options == fakes.PlainOptions("7", 3, 2.0, "blue", True, ("a", "b"))
    assert isinstance(options.share, float)
    assert profile.processes == 2
    assert profile.stores["movies"].backend is fakes.sqlite
    assert (profile.stores["movies"].url, profile.stores["movies"].timeout) == (
        "sqlite:///a.db",
        5.0,
    )
    assert profile.stores["events"].timeout == 2.0
    (job,) = profile.jobs
    assert (job.name, job.job) == ("refresh_view", RefreshView)
    assert job.options == ViewOptions(period=1.0)


def test_variables_stand_for_texts_numbers_and_truth(folder: Path) -> None:
    text = SMALL.replace("small", "'${NAME}-$$${NAME}'") + (
        "processes: ${N}\nshipped_data: ${YES}\nhttp: {idle_timeout: '${SECONDS:-2.5}'}\n"
        "log: {level: '${EMPTY:-debug}'}\nauth: {issuer: '${EMPTY}', audience: '${NONE:-}'}\n"
        "events: {topic: '${N}'}\n"
    )
    environ = {"NAME": "a: {b}", "N": "3", "YES": "true", "EMPTY": ""}
    profile = read(text, environ)
    assert profile.name == "a: {b}-$a: {b}"
    assert (profile.processes, profile.shipped_data) == (3, True)
    assert profile.http.idle_timeout == 2.5
    assert profile.log.level == "debug"
    assert (profile.auth.issuer, profile.auth.audience) == (None, None)
    assert profile.events.topic == "3"


def test_a_variable_cannot_add_keys(folder: Path) -> None:
    message = mistake(SMALL + "log: ${X}\n", {"X": "{level: debug}"})
    assert "log: found '{level: debug}' (from ${X}); allowed: a mapping" in message


def test_a_file_stands_for_a_secret(folder: Path) -> None:
    (folder / "secret").write_text("s" * 32 + "\n")
    text = SMALL + "auth: {secret: '${file:secret}'}\n"
    assert read(text).auth.secret == "s" * 32
    assert read(text.replace("{file:", f"{{file:{folder}/")).auth.secret == "s" * 32
    assert "ssss" not in repr(read(text))


def test_the_content_of_a_file_is_in_no_message(folder: Path) -> None:
    (folder / "secret").write_text("hunter2")
    assert mistake(SMALL + "processes: ${file:secret}\n") == (
        "p.yaml:6: processes: found a value that is not shown (from ${file:secret}); "
        "allowed: an integer from 1 to 256"
    )


def test_a_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "secret").write_bytes(b"\xff")
    assert mistake(SMALL + "auth: {secret: '${file:secret}'}\n") == (
        "p.yaml:6: auth.secret: the file secret is not UTF-8"
    )


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("localhost:8080", "localhost", 8080),
        ("0.0.0.0:65535", "0.0.0.0", 65_535),
        ("[::1]:0", "::1", 0),
    ],
)
def test_addresses(folder: Path, listen: str, host: str, port: int) -> None:
    profile = read(SMALL, overrides={"listen": listen})
    assert (profile.host, profile.port) == (host, port)


def test_options_replace_what_the_file_says(folder: Path) -> None:
    text = SMALL.replace("listen: 127.0.0.1:0", "listen: ${NOWHERE}") + (
        "stores:\n  movies: {url: '${NOWHERE}', timeout: 2}\n"
    )
    overrides = {
        "listen": "[::1]:81",
        "processes": "3",
        "movies": "sqlite:///$m",
        "rates": "sqlite:///r",
    }
    profile = read(text, overrides=overrides)
    assert (profile.host, profile.port, profile.processes) == ("::1", 81, 3)
    assert (profile.stores["movies"].url, profile.stores["movies"].timeout) == ("sqlite:///$m", 2.0)
    assert profile.stores["rates"].url == "sqlite:///r"


def test_options_are_checked_like_the_file(folder: Path) -> None:
    overrides = {"listen": "8080", "processes": "0", "rates": "sqlit:///r"}
    message = mistake(SMALL, overrides=overrides)
    assert "--processes: found '0'; allowed: an integer from 1 to 256" in message
    assert "--rates: there is no backend 'sqlit'; did you mean 'sqlite'? " in message
    message = mistake(SMALL, overrides={"listen": "8080"})
    assert message.startswith("--listen: found '8080'; allowed: HOST:PORT")


def test_an_option_does_not_hide_a_mistake_of_the_stores(folder: Path) -> None:
    message = mistake(SMALL + "stores: []\n", overrides={"rates": "sqlite:///r"})
    assert (
        message
        == "p.yaml:6: stores: found a list; allowed: a mapping (keys: movies, rates, events)"
    )


def test_the_data_folder_is_the_option_or_the_variable_or_the_usual_one(folder: Path) -> None:
    environ = {"MOVIESERVER_DATA": "elsewhere"}
    assert read(SMALL, environ, data=folder / "here").data == folder / "here"
    assert read(SMALL, environ).data == folder / "elsewhere"
    assert read(SMALL, {"MOVIESERVER_DATA": ""}).data == folder / "movieserver-data"


def test_a_data_folder_that_is_a_file_is_refused(folder: Path) -> None:
    (folder / "file").touch()
    message = f"found '{folder / 'file'}', a file; allowed: a folder"
    assert mistake(SMALL, data=folder / "file") == f"--data: {message}"
    assert mistake(SMALL, {"MOVIESERVER_DATA": "file"}) == f"MOVIESERVER_DATA: {message}"


def test_what_is_no_file_is_named(folder: Path) -> None:
    def message(path: str | Path) -> str:
        with pytest.raises(ConfigurationError) as raised:
            read_profile(path, environ={}, plugins=fakes.plugins())
        return str(raised.value)

    (folder / "a.yaml").mkdir()
    (folder / "large.yaml").write_text("#" * 65_537)
    assert message("a.yaml") == "a.yaml: the file cannot be read: Is a directory"
    assert message("b.yaml") == "b.yaml: the file cannot be read: No such file or directory"
    assert message(folder / "large.yaml") == (
        f"{folder}/large.yaml: the file has more than 65536 bytes"
    )
    assert message("large.yaml/x") == "large.yaml/x: the file cannot be read: Not a directory"
    assert message("a\0.yaml") == "a\0.yaml: the file cannot be read: embedded null byte"
    assert message("pubic") == (
        "--profile: there is no profile 'pubic'; did you mean 'public'? "
        "allowed: consumer, dev, public, rating, or the path of a file, such as ./mine.yaml"
    )


def test_a_byte_order_mark_and_windows_lines_are_no_mistake(folder: Path) -> None:
    (folder / "w.yaml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert read_profile("w.yaml", environ={}, plugins=fakes.plugins()).name == "small"


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


def test_a_variable_holds_a_list_with_commas(folder: Path) -> None:
    origins = "cors: {origins: '${ORIGINS:-}'}\n"
    both = read(SMALL + origins, {"ORIGINS": "https://a.example, http://b.example:8080,"})
    assert both.cors.origins == ("https://a.example", "http://b.example:8080")
    assert read(SMALL + origins).cors.origins == ()
    assert "found the origin 'a.example'" in mistake(SMALL + origins, {"ORIGINS": "a.example"})


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


def test_the_description_says_what_would_run(folder: Path) -> None:
    jobs = "jobs:\n  refresh_top10: {period: 0.5}\n  refresh_weighted:\n"
    text = SMALL + "  top10: {access: public}\n" + jobs
    url = "sqlite:///m?password=hunter2"
    lines = read(text + f"stores: {{movies: '{url}'}}\n").describe().splitlines()
    assert lines == [
        "profile  small, from p.yaml",
        "listen   127.0.0.1:0, 1 process",
        f"data     {folder}/movieserver-data",
        "keys     none needed: every handler is public",
        "stores",
        "  movies  sqlite:///m?password=***  answers within 5 s",
        "handlers",
        "  health  public  /health/live  /health/ready",
        "  top10   public  /movies/top10",
        "jobs",
        "  refresh_top10     period 0.5, max_age 5",
        "  refresh_weighted  period 0.5, max_age 5, prior_count 25",
        "other settings",
        "  events  topic movie_rate_topic, group movieserver, partitions 8, retention 604800, "
        "replication 1",
        "  auth    discovery false, leeway 0, jwks_max_age 300, jwks_refresh_floor 10, "
        "cache_size 10000",
        "  http    idle_timeout 75, max_header_size 1250000, request_timeout 5, drain_timeout 10, "
        "trust_proxy false",
        "  log     level info, format human, access false, slow_request 1, request_ids true",
    ]


RATING = SMALL.replace("health: {access: public}", "rates: {access: token}") + (
    "stores: {rates: 'sqlite:///r'}\n"
)


def keys(profile: Profile) -> str:
    """What the description says about keys."""
    return next(line for line in profile.describe().splitlines() if line.startswith("keys"))


def test_the_description_says_where_the_keys_come_from(folder: Path) -> None:
    secret = folder / "movieserver-data" / "token-secret"
    assert keys(read(RATING)).endswith(f"movieserver token makes the secret {secret}")
    assert keys(read(RATING + "make_secret: true\n")).endswith(f"{secret}, made at the first start")
    make_secret(folder / "movieserver-data")
    assert keys(read(RATING)) == f"keys     the secret {secret}"
    profile = read(RATING + f"auth: {{secret: {'s' * 32}}}\n")
    assert keys(profile) == "keys     auth.secret"
    assert "ssss" not in profile.describe()


def test_the_description_looks_at_the_keys(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^p\.yaml: auth\.secret: the secret has 5 bytes"):
        read(RATING + "auth: {secret: short}\n").describe()
