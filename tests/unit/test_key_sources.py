"""Keys that come from a file, a URL or an issuer, and change while the server runs."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop
from tornado.web import Application

from movieserver.errors import StoreUnavailable, TokenRefused
from movieserver.tokens import AuthSettings, TokenVerifier, token_verifier
from movieserver.tokens import documents as documents_module
from movieserver.tokens.documents import IssuerKeys, JwksFile, JwksUrl
from movieserver.tokens.sources import KeyDocument
from tests.issuer import Issuer, SetClock, jwk, jwks, private_key, rsa_key, token

pytestmark = pytest.mark.usefixtures("http_server")
MAX_AGE = 300.0
FLOOR = 10.0


@pytest.fixture
def issuer(http_port: int) -> Issuer:
    """An issuer with the key ``old``, not listening unless the test asks for ``http_server``."""
    issuer = Issuer()
    issuer.url = f"http://127.0.0.1:{http_port}"
    issuer.publish(old=rsa_key(2048, 1))
    return issuer


@pytest.fixture
def app(issuer: Issuer) -> Application:
    return issuer.app


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def checks(issuer: Issuer, clock: SetClock, io_loop: IOLoop) -> Iterator[TokenVerifier]:
    """Checks tokens with the keys of the issuer's URL."""
    made = token_verifier(AuthSettings(jwks_url=f"{issuer.url}/jwks"), None, clock)
    assert made is not None
    yield made
    io_loop.run_sync(made.close)


async def until(condition: Any) -> None:
    """Let the loop run until ``condition`` holds; the test's own time-out ends a vain wait."""
    while not condition():
        await asyncio.sleep(0.001)


def rsa_token(kid: str | None, number: int = 1, **changes: Any) -> str:
    return token("RS256", rsa_key(2048, number), kid=kid, **changes)


async def refused(checks: TokenVerifier, text: str, message: str) -> None:
    with pytest.raises(TokenRefused, match=message):
        await checks.verify(text)


@pytest.mark.gen_test
async def test_keys_are_fetched_once_and_kept(checks: TokenVerifier, issuer: Issuer) -> None:
    assert issuer.asked == []
    for number in range(5):
        user = f"user{number}"
        assert await checks.verify(rsa_token("old", sub=user)) == user
    await refused(checks, token("HS256", kid="old"), "algorithm HS256 is not allowed here")
    assert issuer.asked == ["/jwks"]


@pytest.mark.gen_test
async def test_what_is_no_token_causes_no_fetch(checks: TokenVerifier, issuer: Issuer) -> None:
    for text in ("", "a.b.c", token("HS256"), "x" * 10_000):
        await refused(checks, text, "it is|the algorithm")
    assert issuer.asked == []


@pytest.mark.gen_test
async def test_a_new_key_is_found_at_once_and_a_retired_one_at_last(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock
) -> None:
    old, new = rsa_token("old"), rsa_token("new", 2)
    await checks.verify(old)
    clock.now += FLOOR
    issuer.publish(old=rsa_key(2048, 1), new=rsa_key(2048, 2))
    assert await checks.verify(new) == "alice"
    assert await checks.verify(old) == "alice"
    issuer.publish(new=rsa_key(2048, 2))
    assert checks.cached(old) == "alice"
    clock.now += MAX_AGE
    assert checks.cached(old) is None
    await refused(checks, old, "no key with its kid")
    assert await checks.verify(new) == "alice"
    assert checks.cached(new) == "alice"
    assert checks.cached(old) is None


@pytest.mark.gen_test
async def test_a_key_that_was_replaced_under_its_name_is_refused_from_memory_too(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock
) -> None:
    old = rsa_token("old")
    await checks.verify(old)
    issuer.publish(old=rsa_key(2048, 2))
    clock.now += MAX_AGE
    await refused(checks, old, "its signature")
    assert await checks.verify(rsa_token("old", 2)) == "alice"


@pytest.mark.gen_test
async def test_keys_that_stay_the_same_keep_the_memory(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock
) -> None:
    old = rsa_token("old")
    await checks.verify(old)
    clock.now += MAX_AGE
    assert checks.cached(old) is None
    await checks.verify(rsa_token("old", sub="bob"))
    assert len(issuer.asked) == 2
    assert checks.cached(old) == "alice"


@pytest.mark.gen_test
async def test_keys_are_renewed_before_anybody_has_to_wait(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock
) -> None:
    old, new = rsa_token("old"), rsa_token("new", 2)
    await checks.verify(old)
    issuer.publish(new=rsa_key(2048, 2))
    clock.now += 0.8 * MAX_AGE
    assert await checks.verify(old) == "alice"
    assert await checks.verify(new) == "alice"
    await refused(checks, old, "no key with its kid")
    assert len(issuer.asked) == 2


@pytest.mark.gen_test
async def test_unknown_kids_cause_one_fetch_in_the_floor(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock
) -> None:
    await checks.verify(rsa_token("old"))
    for step in range(3):
        for number in range(20):
            await refused(checks, rsa_token(f"{step}-{number}"), "no key with its kid")
        assert len(issuer.asked) == 1 + step
        clock.now += FLOOR


@pytest.mark.gen_test
async def test_those_who_wait_share_a_fetch(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock
) -> None:
    issuer.silent = True
    waiting = [
        asyncio.ensure_future(checks.verify(rsa_token("old", sub=f"user{number}")))
        for number in range(20)
    ]
    await until(lambda: issuer.asked)
    waiting.pop().cancel()
    clock.now += FLOOR
    waiting.append(asyncio.ensure_future(checks.verify(rsa_token("old", sub="late"))))
    await asyncio.wait(waiting, timeout=0)
    issuer.answering.set()
    assert await asyncio.gather(*waiting) == [*(f"user{number}" for number in range(19)), "late"]
    assert issuer.asked == ["/jwks"]


@pytest.mark.gen_test
async def test_without_any_keys_tokens_cannot_be_checked(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.status = 500
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match=f"no keys yet from {issuer.url}/jwks"):
            await checks.verify(rsa_token("old"))
        with pytest.raises(StoreUnavailable, match="no keys yet"):
            await checks.ping()
    assert issuer.asked == ["/jwks"]
    assert [record.getMessage() for record in caplog.records if record.name[:5] == "movie"] == [
        f"keys from {issuer.url}/jwks: {issuer.url}/jwks: HTTP 500: Internal Server Error; "
        "none are known"
    ]
    issuer.status = 200
    clock.now += FLOOR
    for _ in range(2):
        await checks.ping()
    assert issuer.asked == ["/jwks"] * 2
    assert await checks.verify(rsa_token("old")) == "alice"


@pytest.mark.gen_test
async def test_where_a_fetch_fails_the_last_good_keys_stay(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    old, new = rsa_token("old"), rsa_token("new", 2)
    await checks.verify(old)
    for failure in (b"", b"{}", b'{"keys": []}', b"[" * 10_000, b"\xff\xfe"):
        issuer.jwks = failure
        clock.now += MAX_AGE
        assert await checks.verify(old) == "alice"
        await refused(checks, new, "no key with its kid")
        await until(lambda: "the last good ones stay" in caplog.text)
        caplog.clear()
    issuer.publish(new=rsa_key(2048, 2))
    clock.now += FLOOR
    assert await checks.verify(new) == "alice"
    await refused(checks, old, "no key with its kid")


@pytest.mark.gen_test
async def test_while_an_issuer_is_silent_only_the_first_wait(
    checks: TokenVerifier,
    issuer: Issuer,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    old = rsa_token("old")
    await checks.verify(old)
    monkeypatch.setattr(documents_module, "FETCH_TIMEOUT", 0.05)
    issuer.silent = True
    clock.now += MAX_AGE
    assert await checks.verify(old) == "alice"
    assert "the last good ones stay" in caplog.text
    monkeypatch.setattr(documents_module, "FETCH_TIMEOUT", 60)
    clock.now += FLOOR
    assert await checks.verify(old) == "alice"
    await until(lambda: len(issuer.asked) == 3)
    assert await checks.verify(old) == "alice"
    issuer.answering.set()


@pytest.mark.gen_test
async def test_a_failure_long_ago_is_no_reason_to_trust_old_keys(
    checks: TokenVerifier, issuer: Issuer, clock: SetClock
) -> None:
    old = rsa_token("old")
    await checks.verify(old)
    issuer.status = 503
    clock.now += MAX_AGE
    assert await checks.verify(old) == "alice"
    issuer.status = 200
    issuer.publish(new=rsa_key(2048, 2))
    clock.now += MAX_AGE
    await refused(checks, old, "no key with its kid")


@pytest.mark.gen_test
async def test_closing_ends_the_fetch_under_way(checks: TokenVerifier, issuer: Issuer) -> None:
    issuer.silent = True
    waiting = asyncio.ensure_future(checks.verify(rsa_token("old")))
    await until(lambda: issuer.asked)
    await checks.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    issuer.answering.set()


async def failure(document: KeyDocument) -> str:
    with pytest.raises(StoreUnavailable) as failed:
        await document.load()
    return str(failed.value)


@pytest.mark.gen_test
async def test_a_redirect_is_not_followed(issuer: Issuer) -> None:
    assert "HTTP 302" in await failure(JwksUrl(f"{issuer.url}/moved"))
    assert issuer.asked == ["/moved"]


@pytest.mark.gen_test
async def test_a_published_secret_is_no_key(issuer: Issuer) -> None:
    issuer.publish(secret=private_key("HS256"))
    assert "it is a secret" in await failure(JwksUrl(f"{issuer.url}/jwks"))


@pytest.mark.gen_test
async def test_a_document_over_the_cap_is_not_taken_in(issuer: Issuer) -> None:
    issuer.jwks = b" " * documents_module.MAX_DOCUMENT + jwks(jwk(rsa_key(2048)))
    assert await failure(JwksUrl(f"{issuer.url}/jwks"))


@pytest.mark.gen_test
async def test_a_slow_server_is_given_up(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents_module, "FETCH_TIMEOUT", 0.05)
    issuer.silent = True
    assert "Timeout" in await failure(JwksUrl(f"{issuer.url}/jwks"))
    issuer.answering.set()


@pytest.mark.gen_test
async def test_where_nobody_listens_there_are_no_keys() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    url = f"http://127.0.0.1:{port}/jwks?password=hunter2"
    message = await failure(JwksUrl(url))
    assert "refused" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "babbled",
    [b"", b"\x00\xff hello\r\n\r\n", b"x" * 100_000, b"HTTP/1.1 200 OK\r\n" + b"x" * 100_000],
)
@pytest.mark.gen_test
async def test_what_does_not_speak_http_has_no_keys(babbled: bytes) -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(babbled)
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await failure(JwksUrl(f"http://127.0.0.1:{port}/"))


@pytest.mark.gen_test
async def test_an_issuer_is_discovered(issuer: Issuer, clock: SetClock) -> None:
    settings = AuthSettings(issuer=issuer.url, discovery=True, audience="movies")
    checks = token_verifier(settings, None, clock)
    assert checks is not None
    good = rsa_token("old", iss=issuer.url, aud="movies")
    assert await checks.verify(good) == "alice"
    assert issuer.asked == ["/.well-known/openid-configuration", "/jwks"]
    await refused(checks, rsa_token("old", aud="movies"), "its iss is not")
    issuer.publish(new=rsa_key(2048, 2))
    clock.now += FLOOR
    await refused(checks, rsa_token("old", 2, iss=issuer.url), "its signature")
    new = rsa_token("new", 2, iss=issuer.url, aud="movies")
    assert await checks.verify(new) == "alice"
    await refused(checks, good, "no key with its kid")


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"issuer": "http://evil.example"}, "is not that of http://127"),
        ({"issuer": None}, "is not that of http://127"),
        ({"jwks_uri": None}, "no jwks_uri"),
        ({"jwks_uri": "file:///etc/passwd"}, "no jwks_uri"),
        ({"jwks_uri": "http://user:pw@127.0.0.1/"}, "no jwks_uri"),
        ({"jwks_uri": "/jwks"}, "no jwks_uri"),
        ({"jwks_uri": ["http://127.0.0.1/"]}, "no jwks_uri"),
    ],
)
@pytest.mark.gen_test
async def test_a_discovery_document_that_names_no_keys(
    issuer: Issuer, configuration: dict[str, Any], message: str
) -> None:
    issuer.configuration = configuration
    assert message in await failure(IssuerKeys(issuer.url))
    assert issuer.asked == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"<html>", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "is not that of"),
        (
            b'{"issuer": "https://id.example/", "jwks_uri": "http://id.example/jwks"}',
            "leaves https",
        ),
    ],
)
@pytest.mark.gen_test
async def test_a_discovery_document_that_is_none(
    document: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetched(url: str) -> bytes:
        assert url == "https://id.example/.well-known/openid-configuration"
        return document

    monkeypatch.setattr(documents_module, "fetch", fetched)
    assert message in await failure(IssuerKeys("https://id.example/"))


def write(path: Path, *keys: dict[str, Any]) -> None:
    """Replace the file in one step, as a careful operator does."""
    path.with_suffix(".new").write_bytes(jwks(*keys))
    path.with_suffix(".new").replace(path)


@pytest.mark.gen_test
async def test_a_changed_file_is_read_again(tmp_path: Path, clock: SetClock) -> None:
    path = tmp_path / "jwks.json"
    write(path, jwk(private_key("ES256"), kid="old"))
    checks = token_verifier(AuthSettings(jwks_file=str(path)), None, clock)
    assert checks is not None
    old, new = token("ES256", kid="old"), token("EdDSA", kid="new")
    assert await checks.verify(old) == "alice"
    write(path, jwk(private_key("EdDSA"), kid="new"))
    clock.now += 1
    await refused(checks, old, "no key with its kid")
    assert await checks.verify(new) == "alice"


@pytest.mark.parametrize("content", [b"", b"{", b'{"keys": []}', b" " * 300_000])
@pytest.mark.gen_test
async def test_a_file_that_turns_bad_leaves_the_last_good_keys(
    tmp_path: Path, clock: SetClock, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "jwks.json"
    write(path, jwk(private_key("ES256"), kid="old"))
    checks = token_verifier(AuthSettings(jwks_file=str(path)), None, clock)
    assert checks is not None
    path.write_bytes(content)
    clock.now += 1
    assert await checks.verify(token("ES256", kid="old")) == "alice"
    assert "the last good ones stay" in caplog.text
    path.unlink()
    clock.now += 1
    assert await checks.verify(token("ES256", kid="old", sub="bob")) == "bob"
    await until(lambda: "No such file" in caplog.text)


@pytest.mark.gen_test
async def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    write(path, jwk(private_key("ES256")))
    file = JwksFile(path)
    assert await file.load() is await file.load()
