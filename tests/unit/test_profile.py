"""Profiles that are right, options, and mistakes that are not in a file."""

from pathlib import Path

import pytest

from movieserver.backends import Topic
from movieserver.composition.wiring import topics
from movieserver.errors import ConfigurationError
from movieserver.handlers import health
from movieserver.jobs.refresh_view import RefreshView, ViewOptions
from movieserver.profile import read_profile
from movieserver.profile.reader import data_folder
from movieserver.settings import NoOptions
from tests.profiles import plugins as fakes
from tests.unit.small_profile import SMALL, mistake, read


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
    assert (profile.events.topic, profile.events.partitions) == ("movie_rate_topic", 24)
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
  rates: {url: "sqlite:///r.db", backend: tests.profiles.plugins:other}
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
    assert profile.stores["rates"].backend is fakes.other
    (job,) = profile.jobs
    assert (job.name, job.job) == ("refresh_view", RefreshView)
    assert job.options == ViewOptions(period=1.0)


def test_jobs_alone_are_something_to_run(folder: Path) -> None:
    text = SMALL.partition("handlers:")[0]
    assert "there is nothing to run" in mistake(text)
    profile = read(f"{text}jobs: {{refresh_view: }}\nstores: {{movies: 'sqlite:///m.db'}}\n")
    assert (profile.handlers, len(profile.jobs)) == ((), 1)


def test_a_limit_of_nothing_is_none(folder: Path) -> None:
    profile = read(SMALL.replace("{access: public}", "{access: public, limit: null}"))
    assert profile.handlers[0].limit is None


def test_events_and_dead_letters_are_kept_alike(folder: Path) -> None:
    profile = read(SMALL + "events: {topic: t, partitions: 3, retention: 60, replication: 2}\n")
    assert list(topics(profile)) == [
        Topic("t", partitions=3, retention=60.0, replication=2),
        Topic("t.dead", partitions=1, retention=60.0, compacted=False, replication=2),
    ]


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


def test_a_tilde_is_the_home_folder_also_where_no_shell_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert read(SMALL, {"MOVIESERVER_DATA": "~/films"}).data == folder / "films"


def test_a_data_folder_that_is_a_file_is_refused(folder: Path) -> None:
    (folder / "file").touch()
    message = f"found '{folder / 'file'}', a file; allowed: a folder"
    assert mistake(SMALL, data=folder / "file") == f"--data: {message}"
    assert mistake(SMALL, {"MOVIESERVER_DATA": "file"}) == f"MOVIESERVER_DATA: {message}"


def test_a_data_folder_in_a_folder_that_was_removed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError) as raised:
        data_folder(Path("data"), {})
    assert str(raised.value) == (
        "--data: found 'data', but the current folder was removed; allowed: an absolute path"
    )
    assert data_folder(tmp_path / "data", {}) == tmp_path / "data"


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
