"""URLs of SQLite files."""

from pathlib import Path

import pytest

from movieserver.backends.sqlite import path_of
from movieserver.errors import ConfigurationError


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///movieserver.db", "movieserver.db"),
        ("sqlite:///folder/a.db", "folder/a.db"),
        ("sqlite:////elsewhere/a.db", "/elsewhere/a.db"),
        ("sqlite:///with%20space%3F.db", "with space?.db"),
        ("sqlite:///Ünïcødé.db", "Ünïcødé.db"),
    ],
)
def test_a_relative_path_starts_at_the_data_folder(url: str, path: str, data: Path) -> None:
    assert path_of(url, data) == data / path


def test_two_ways_to_one_file_are_one(data: Path) -> None:
    assert path_of(f"sqlite:///{data}/folder/../a.db", data) == path_of("sqlite:///a.db", data)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite:////",
        "sqlite://host/a.db",
        "sqlite://a.db",
        "sqlite:///a.db?mode=ro",
        "sqlite:///a.db#part",
        "sqlite:///a%00.db",
        "sqlite:///:memory:",
        "sqlite:///folder/",
    ],
)
def test_what_names_no_file_is_refused_with_what_is_allowed(url: str, data: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"sqlite:///name\.db is a file in the data folder"
    ):
        path_of(url, data)
