"""Keys that come from a URL and change while the server runs."""

import asyncio

import pytest

from movieserver.errors import StoreUnavailable
from movieserver.tokens import documents as documents_module
from movieserver.tokens.verifier import TokenVerifier
from tests.issuer import Issuer, SetClock, rsa_key, token
from tests.unit.issuer_keys import FLOOR, MAX_AGE, refused, rsa_token, until

pytestmark = pytest.mark.usefixtures("http_server")


@pytest.mark.gen_test
async def test_keys_are_fetched_once_and_kept(checks: TokenVerifier, issuer: Issuer) -> None:
    assert issuer.asked == []
    for number in range(5):
        user = f"user{number}"
        assert await checks.verify(rsa_token("old", sub=user)) == user
    await refused(
        checks, token("HS256", kid="old"), "algorithm HS256 is not among those allowed here"
    )
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
        await until(lambda: "the last good ones stay in use" in caplog.text)
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
    assert "the last good ones stay in use" in caplog.text
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
