"""What a profile may say under ``auth``."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from movieserver.errors import ConfigurationError, TokenRefused
from movieserver.settings import UnfitValue
from movieserver.tokens import AuthSettings
from movieserver.tokens.configuration import token_verifier
from movieserver.tokens.issuing import issue_token
from movieserver.tokens.secret import NAME, make_secret
from movieserver.tokens.verifier import TokenVerifier
from tests.issuer import (
    SECRET,
    SetClock,
    ed448_key,
    jwk,
    jwks,
    pem,
    private_key,
    private_pem,
    rsa_key,
    token,
)

Write = Callable[[str | bytes], str]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes a file of keys, for its owner alone."""

    def write(content: str | bytes) -> str:
        path = tmp_path / "keys"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o600)
        return str(path)

    return write


def verifier(data: Path | None = None, **settings: Any) -> TokenVerifier:
    made = token_verifier(AuthSettings(**settings), data, SetClock())
    assert made is not None
    return made


def mistake(data: Path | None = None, **settings: Any) -> str:
    """What is said of a configuration that is refused."""
    with pytest.raises(UnfitValue) as refused:
        token_verifier(AuthSettings(**settings), data, SetClock())
    return f"auth.{refused.value.name}: {refused.value}"


def test_without_a_key_there_is_nothing_to_check_with(data: Path) -> None:
    assert token_verifier(AuthSettings(), data, SetClock()) is None
    assert token_verifier(AuthSettings(), None, SetClock()) is None
    assert not data.exists()


@pytest.mark.gen_test
async def test_the_data_folders_secret_is_used_where_nothing_is_configured(data: Path) -> None:
    text = issue_token(make_secret(data), "bob", 60, SetClock())
    assert await verifier(data).verify(text) == "bob"
    assert await verifier(data, algorithms=("HS256",)).verify(text) == "bob"
    with pytest.raises(TokenRefused):
        await verifier(data, secret=SECRET.decode()).verify(text)


@pytest.mark.gen_test
async def test_a_secret_in_the_profile() -> None:
    assert await verifier(secret=SECRET.decode()).verify(token("HS512")) == "alice"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.gen_test
async def test_a_secret_file(written: Write, end: bytes) -> None:
    checks = verifier(secret_file=written(SECRET + end))
    assert await checks.verify(token("HS256")) == "alice"


@pytest.mark.gen_test
async def test_white_space_in_a_secret_file_is_part_of_the_secret(written: Write) -> None:
    checks = verifier(secret_file=written(b"\t" + SECRET + b" \n"))
    assert await checks.verify(token("HS256", b"\t" + SECRET + b" ")) == "alice"
    with pytest.raises(TokenRefused, match="its signature"):
        await checks.verify(token("HS256"))


@pytest.mark.gen_test
async def test_a_data_folders_secret_serves_another_machine(data: Path) -> None:
    text = issue_token(make_secret(data), "bob", 60, SetClock())
    assert await verifier(secret_file=str(data / NAME)).verify(text) == "bob"


@pytest.mark.gen_test
async def test_a_pem_file(written: Write) -> None:
    file = written(pem(rsa_key(2048)) + pem(private_key("EdDSA")))
    checks = verifier(public_key_file=file)
    for algorithm in ("RS256", "PS512", "EdDSA"):
        assert await checks.verify(token(algorithm)) == "alice"
    checks = verifier(public_key_file=file, algorithms=("EdDSA",))
    with pytest.raises(TokenRefused, match="RS256 is not among those allowed here: EdDSA"):
        await checks.verify(token("RS256"))


@pytest.mark.gen_test
async def test_a_jwks_file(written: Write) -> None:
    checks = verifier(jwks_file=written(jwks(jwk(SECRET, kid="s"), jwk(ed448_key(), kid="e"))))
    assert await checks.verify(token("HS384", kid="s")) == "alice"
    assert await checks.verify(token("EdDSA", ed448_key(), kid="e")) == "alice"


@pytest.mark.gen_test
async def test_claims_are_checked_as_configured() -> None:
    settings: dict[str, Any] = {"issuer": "i", "audience": "a", "leeway": 60.0}
    checks = verifier(secret=SECRET.decode(), **settings)
    now = SetClock().time()
    assert await checks.verify(token("HS256", iss="i", aud="a", exp=now - 59)) == "alice"
    for changes in ({"iss": "j"}, {"aud": "b"}, {"exp": now - 60}):
        with pytest.raises(TokenRefused):
            await checks.verify(token("HS256", **({"iss": "i", "aud": "a"} | changes)))


def test_a_secret_that_all_may_read_is_used_with_a_warning(
    written: Write, caplog: pytest.LogCaptureFixture
) -> None:
    file = written(SECRET)
    with caplog.at_level(logging.WARNING):
        verifier(secret_file=file)
    assert not caplog.messages
    Path(file).chmod(0o644)
    verifier(secret_file=file)
    assert caplog.messages == [f"auth.secret_file: every user of this machine can read {file}"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"secret": "s", "jwks_url": "http://h/"}, "found both secret and jwks_url"),
        ({"public_key_file": "f", "jwks_file": "f"}, "found both public_key_file and jwks_file"),
        ({"discovery": True, "issuer": "https://i", "secret": "s"}, "found both secret and disc"),
        ({"discovery": True}, "discovery without issuer"),
        ({"discovery": True, "issuer": "id.example"}, "issuer that is not an http or https URL"),
        ({"issuer": "https://i"}, "no source of keys"),
        ({"audience": "movies"}, "no source of keys"),
        ({"jwks_url": "http://h/", "issuer": "i\n"}, r"found 'i\\n'; allowed: a string without"),
        ({"jwks_url": "http://h/", "audience": "a\r\n"}, r"found 'a\\r\\n'; allowed: a string"),
        ({"jwks_url": "file:///etc/passwd"}, "jwks_url that is not an http"),
        ({"jwks_url": "ftp://h/jwks"}, "jwks_url that is not an http"),
        ({"jwks_url": "http:///jwks"}, "jwks_url that is not an http"),
        ({"jwks_url": "http://h:0/"}, "jwks_url that is not an http"),
        ({"jwks_url": "http://h:99999/"}, "jwks_url that is not an http"),
        ({"jwks_url": "http://[::1/"}, "jwks_url that is not an http"),
        ({"jwks_url": "http://h/a b"}, "jwks_url that is not an http"),
        ({"jwks_url": "http://h/\n"}, "jwks_url that is not an http"),
        ({"jwks_url": "https://u:hunter2@h/"}, "jwks_url that contains a user or a password"),
        ({"jwks_max_age": 9.0}, "jwks_refresh_floor above jwks_max_age; allowed: up to 9"),
    ],
)
def test_contradictions_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        AuthSettings(**settings)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "content", "message"),
    [
        ("secret_file", b"short\n", "has 5 bytes but needs 32 or more; make one with: openssl"),
        ("secret_file", b"", "has 0 bytes"),
        ("secret_file", b"s" * 100_000, "more than 65536 bytes"),
        ("secret_file", pem(rsa_key(2048)).encode(), "not a secret"),
        ("public_key_file", private_pem(rsa_key(2048)).encode(), "it holds a private key"),
        ("public_key_file", b"\xff\x00", "no PEM block"),
        ("public_key_file", pem(rsa_key(1024)).encode(), "1024 bits"),
        ("jwks_file", b"[]", 'no list under "keys"'),
        ("jwks_file", b" " * 300_000, "more than 262144 bytes"),
        ("jwks_file", jwks(jwk(rsa_key(1024))), "no usable key"),
    ],
)
def test_a_file_that_holds_no_keys_is_refused(
    written: Write, setting: str, content: bytes, message: str
) -> None:
    file = written(content)
    found = mistake(None, **{setting: file})
    assert found.startswith(f"auth.{setting}: {file}: ")
    assert message in found


@pytest.mark.parametrize("setting", ["secret_file", "public_key_file", "jwks_file"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, setting: str) -> None:
    missing = mistake(None, **{setting: str(tmp_path / "missing")})
    assert missing == f"auth.{setting}: {tmp_path}/missing: No such file or directory"
    assert "Is a directory" in mistake(None, **{setting: str(tmp_path)})
    assert mistake(None, **{setting: "a\x00b"}).startswith(f"auth.{setting}: ")


def test_a_short_secret_is_not_repeated() -> None:
    found = mistake(secret="hunter2")
    assert found.startswith("auth.secret: the secret has 7 bytes")
    assert "hunter2" not in found + repr(AuthSettings(secret="hunter2"))


@pytest.mark.parametrize(
    ("algorithm", "allowed"),
    [("RS256", "HS256"), ("HS384", "HS256"), ("none", "HS256"), ("HS512", "HS256")],
)
def test_an_algorithm_must_fit_the_data_folders_secret(
    data: Path, algorithm: str, allowed: str
) -> None:
    make_secret(data)
    assert mistake(data, algorithms=(algorithm,)) == (
        f"auth.algorithms: found {algorithm}, which fits no key of the data folder's token-secret; "
        f"allowed: {allowed}"
    )


def test_an_algorithm_must_fit_the_keys(written: Write) -> None:
    found = mistake(public_key_file=written(pem(private_key("ES256"))), algorithms=("HS256",))
    assert "HS256, which fits no key of auth.public_key_file; allowed: ES256" in found
    found = mistake(jwks_url="https://h/", algorithms=("RS256", "HS256"))
    assert "HS256, which fits no key of auth.jwks_url; allowed: ES256, ES384" in found
    assert "found none" in mistake(jwks_url="https://h/", algorithms=("none",))


def test_a_damaged_secret_of_the_data_folder_is_refused(data: Path) -> None:
    make_secret(data)
    (data / NAME).write_text("")
    with pytest.raises(ConfigurationError, match="this is not a secret"):
        verifier(data)
