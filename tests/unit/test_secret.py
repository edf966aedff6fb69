"""The data folder's secret."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import jwt
import pytest

from movieserver.errors import ConfigurationError
from movieserver.tokens import secret as secrets
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import NAME, make_secret, read_secret
from tests.issuer import NOW, SetClock


def test_a_folder_without_a_secret_has_none(data: Path) -> None:
    assert read_secret(data) is None
    data.mkdir()
    assert read_secret(data) is None


def test_a_secret_is_made_once(data: Path) -> None:
    made = make_secret(data)
    assert len(made) == 43
    assert make_secret(data) == made == read_secret(data)
    assert make_secret(data.parent / "other" / "folder") != made


def test_nobody_else_may_read_it_and_nothing_else_is_left(data: Path) -> None:
    make_secret(data)
    assert [path.name for path in data.iterdir()] == [NAME]
    assert stat.S_IMODE((data / NAME).stat().st_mode) == 0o600
    # Whoever may write to the folder could put a secret of their own there.
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_those_who_make_it_at_once_get_the_same(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Barrier(8)
    store = secrets._store

    def after_all_found_none(folder: Path, secret: bytes) -> None:
        together.wait()
        store(folder, secret)

    monkeypatch.setattr(secrets, "_store", after_all_found_none)
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(make_secret, [data] * 8))
    assert made == {read_secret(data)}


@pytest.mark.parametrize("content", [b"", b"\n", b"garbage", b"x" * 44, b"\x00" * 43, b"+" * 43])
def test_a_file_with_something_else_is_refused(data: Path, content: bytes) -> None:
    make_secret(data)
    (data / NAME).write_bytes(content)
    for use in (read_secret, make_secret):
        with pytest.raises(ConfigurationError, match=f"{NAME}: this is not a secret.*remove"):
            use(data)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_read_is_refused(data: Path, mode: int) -> None:
    make_secret(data)
    (data / NAME).chmod(mode)
    with pytest.raises(ConfigurationError, match=f"mode {mode:o}.*chmod 600"):
        read_secret(data)


def test_a_file_that_cannot_be_read_is_refused(data: Path) -> None:
    (data / NAME).mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_secret(data)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(ConfigurationError, match="link/token-secret: cannot be"):
        make_secret(tmp_path / "link")


def test_a_folder_that_cannot_be_written_is_refused(data: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be created.*--data"):
        make_secret(Path("/proc/movieserver"))


def test_a_token_is_issued(data: Path) -> None:
    secret = make_secret(data)
    token = issue_token(secret, "alice", 0.5, SetClock())
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    claims = jwt.decode(
        token, secret, ["HS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims == {"sub": "alice", "iat": NOW, "exp": NOW + 1}
