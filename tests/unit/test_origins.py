"""What is an origin, for ``cors`` and for the page alike."""

import pytest

from movieserver.origins import FORM, check_origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://films.example",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "https://[2001:db8::1]",
        "http://localhost:443",
        "chrome-extension://abcdefghijklmnop",
    ],
)
def test_origins(origin: str) -> None:
    check_origin(origin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "films.example",
        "https://",
        "https://films.example/",
        "https://Films.example",
        "https://ann@films.example",
        "https://a.example,b.example",
        "https://*.example",
        "http://:::",
        "http://[::1",
        "http://[::1]:99999",
        "http://films..example",
        "http://films.example:0",
        "http://films.example\n",
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^allowed: {FORM}"):
        check_origin(text)


@pytest.mark.parametrize("text", ["http://films.example:80", "https://films.example:0443"])
def test_the_port_that_browsers_leave_out(text: str) -> None:
    with pytest.raises(ValueError, match=r"scheme's default port: 'https?://films.example'"):
        check_origin(text)
