"""URLs as they may be printed."""

import pytest

from movieserver.urls import hide_password, scheme


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///movieserver.db", "sqlite:///movieserver.db"),
        ("sqlite:////srv/a@b.db", "sqlite:////srv/a@b.db"),
        ("postgresql://host:5432/db", "postgresql://host:5432/db"),
        ("postgresql://user@host:5432/db", "postgresql://user@host:5432/db"),
        ("postgresql://user:pw@host:5432/db", "postgresql://user:***@host:5432/db"),
        ("postgresql://:pw@host/db", "postgresql://:***@host/db"),
        ("postgresql://user:p@w/x?y#z@host/db", "postgresql://user:***@host/db"),
        ("postgresql://user:p\nw@host/db", "postgresql://user:***@host/db"),
        ("postgresql//user:pw@host/db", "postgresql//user:***@host/db"),
        ("user:pw@host/db", "user:***@host/db"),
        ("x://h/db?password=pw&timeout=5", "x://h/db?password=***&timeout=5"),
        ("x://h/db?timeout=5&sslPassword=pw#f", "x://h/db?timeout=5&sslPassword=***#f"),
        ("x://h/db?apikey=pw&auth_token=t", "x://h/db?apikey=***&auth_token=***"),
    ],
)
def test_passwords_are_hidden(url: str, shown: str) -> None:
    assert hide_password(url) == shown


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///a", "sqlite"),
        ("a+b.c-1:x", "a+b.c-1"),
        ("movieserver.db", None),
        ("SQLITE:///a", None),
        ("://a", None),
        ("", None),
    ],
)
def test_the_scheme_is_what_a_url_begins_with(url: str, name: str | None) -> None:
    assert scheme(url) == name
