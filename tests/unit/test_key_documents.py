"""Documents with keys: at a URL, behind an issuer, in a file that changes."""

import asyncio
import gzip
import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from movieserver.errors import StoreUnavailable
from movieserver.tokens import AuthSettings
from movieserver.tokens import documents as documents_module
from movieserver.tokens.configuration import token_verifier
from movieserver.tokens.documents import IssuerKeys, JwksFile, JwksUrl
from movieserver.tokens.sources import KeyDocument
from tests.issuer import Issuer, SetClock, jwk, jwks, private_key, rsa_key, token
from tests.unit.issuer_keys import FLOOR, refused, rsa_token, until

pytestmark = pytest.mark.usefixtures("http_server")


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
async def test_a_document_is_not_unpacked_beyond_the_cap() -> None:
    """A thousand times as many bytes may be in a compressed document."""
    body = gzip.compress(jwks(jwk(rsa_key(2048))))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + body)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert "not JSON" in await failure(JwksUrl(f"http://127.0.0.1:{port}/"))


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
            "is not an https URL",
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


@pytest.mark.gen_test
async def test_a_scheme_may_be_written_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer, uris = "HTTPS://id.example", iter(["http://id.example/jwks", "HTTPS://id.example/jwks"])

    async def fetched(url: str) -> bytes:
        if url.endswith("/jwks"):
            return jwks(jwk(private_key("EdDSA")))
        return json.dumps({"issuer": issuer, "jwks_uri": next(uris)}).encode()

    monkeypatch.setattr(documents_module, "fetch", fetched)
    assert "is not an https URL" in await failure(IssuerKeys(issuer))
    assert len((await IssuerKeys(issuer).load()).keys) == 1


def test_a_file_that_does_not_end_is_not_read_to_its_end() -> None:
    with pytest.raises(ValueError, match="not JSON"):
        JwksFile(Path("/dev/zero")).read()


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
    assert "the last good ones stay in use" in caplog.text
    path.unlink()
    clock.now += 1
    assert await checks.verify(token("ES256", kid="old", sub="bob")) == "bob"
    await until(lambda: "No such file" in caplog.text)


@pytest.mark.gen_test
async def test_a_replaced_file_is_read_again_whatever_its_time_and_size(tmp_path: Path) -> None:
    """Deployments may give all files one time."""
    path = tmp_path / "jwks.json"
    file = JwksFile(path)
    found = []
    for number in (1, 2):
        write(path, jwk(private_key("EdDSA", number)))
        os.utime(path, (0, 0))
        found.append(file.read())
    assert found[0] != found[1]


@pytest.mark.gen_test
async def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    write(path, jwk(private_key("ES256")))
    file = JwksFile(path)
    assert await file.load() is await file.load()
