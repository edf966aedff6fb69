"""Addresses to listen on, and what is none."""

from pathlib import Path

import pytest

from tests.unit.small_profile import SMALL, mistake, read


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


FORM = "allowed: HOST:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080"
MEANT = "did you mean '127.0.0.1:8089'? "


@pytest.mark.parametrize(
    ("listen", "message"),
    [
        ("8089", f"found 8089; {MEANT}{FORM}"),
        ("'8089'", f"found '8089'; {MEANT}{FORM}"),
        ("':8089'", f"found ':8089'; {MEANT}{FORM}"),
        ("65535", f"found 65535; did you mean '127.0.0.1:65535'? {FORM}"),
        ("65536", f"found 65536; {FORM}"),
        ("808900", f"found 808900; {FORM}"),
        ("80.89", f"found 80.89; {FORM}"),
        ("true", f"found true; {FORM}"),
        ("", f"found nothing; {FORM}"),
        ("''", f"found ''; {FORM}"),
        ("['127.0.0.1:8089']", f"found a list; {FORM}"),
        ("${PORT}", f"found '8089' (from ${{PORT}}); {MEANT}{FORM}"),
        ("${file:port}", f"found a value that is not shown (from ${{file:port}}); {FORM}"),
    ],
)
def test_an_address_is_a_host_and_a_port(folder: Path, listen: str, message: str) -> None:
    (folder / "port").write_text("8089")
    text = SMALL.replace("listen: 127.0.0.1:0", f"listen: {listen}")
    assert mistake(text, {"PORT": "8089"}) == f"p.yaml:3: listen: {message}"


def test_the_address_of_an_option_is_one_too(folder: Path) -> None:
    message = f"--listen: found '8089'; {MEANT}{FORM}"
    assert mistake(SMALL, overrides={"listen": "8089"}) == message


def test_an_address_is_told_together_with_what_else_is_wrong(folder: Path) -> None:
    text = SMALL.replace("listen: 127.0.0.1:0", "listen: 8089")
    assert mistake(f"{text}processes: 0\n").split("\n") == [
        "p.yaml:6: processes: found 0; allowed: an integer from 1 to 256",
        f"p.yaml:3: listen: found 8089; {MEANT}{FORM}",
    ]
