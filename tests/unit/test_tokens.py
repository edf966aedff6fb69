"""Tokens that are good, tokens that are not, and what is remembered of them."""

import json
from typing import Any

import jwt
import pytest

from movieserver.tokens.claims import ClaimRules
from movieserver.tokens.keys import jwk_keys, pem_keys
from movieserver.tokens.sources import FixedKeys
from movieserver.tokens.verifier import MAX_TOKEN, TokenVerifier
from tests.issuer import (
    NOW,
    SetClock,
    claims,
    ed448_key,
    jwk,
    jwks,
    pem,
    private_key,
    rsa_key,
    signed,
    token,
)
from tests.unit.token_checks import ALL, refusal, verifier


@pytest.mark.parametrize("algorithm", ALL)
@pytest.mark.gen_test
async def test_a_good_token_says_whose_it_is(algorithm: str) -> None:
    assert await verifier(algorithm).verify(token(algorithm)) == "alice"


@pytest.mark.gen_test
async def test_ed448_is_good_too() -> None:
    checks = TokenVerifier(FixedKeys(pem_keys(pem(ed448_key()))), SetClock())
    assert await checks.verify(token("EdDSA", ed448_key())) == "alice"


@pytest.mark.parametrize("algorithm", ALL)
@pytest.mark.gen_test
async def test_another_key_of_the_same_type_signs_in_vain(algorithm: str) -> None:
    other = private_key(algorithm, 1)
    reason = await refusal(verifier(algorithm), token(algorithm, other))
    assert reason == "its signature does not match the key"


@pytest.mark.parametrize("algorithm", ALL)
@pytest.mark.gen_test
async def test_no_algorithm_of_another_type_passes(algorithm: str) -> None:
    types = {"H": "HS256", "R": "RS256", "P": "RS256", "ES256": "ES256", "ES384": "ES384"}
    own = types.get(algorithm) or types.get(algorithm[0]) or algorithm
    for other in {"HS256", "RS256", "ES256", "ES384", "ES512", "EdDSA"} - {own}:
        reason = await refusal(verifier(own), token(other))
        assert reason == f"its algorithm {other} does not fit any key here"


@pytest.mark.gen_test
async def test_an_algorithm_that_is_not_configured_is_refused() -> None:
    checks = verifier("RS256", algorithms=["RS256", "PS512"])
    assert await checks.verify(token("PS512")) == "alice"
    wanted = "the algorithm RS512 is not among those allowed here: PS512, RS256"
    assert await refusal(checks, token("RS512")) == wanted


@pytest.mark.parametrize("key", ["RS256", "ES256", "EdDSA"])
@pytest.mark.gen_test
async def test_a_public_key_is_no_secret(key: str) -> None:
    text = pem(private_key(key)).encode()
    for secret in (text, text.strip(), text + b"\n", json.dumps(jwk(private_key(key))).encode()):
        forged = signed(json.dumps(claims()).encode(), b'{"alg":"HS256"}', secret)
        reason = await refusal(verifier(key), forged)
        assert reason == "its algorithm HS256 does not fit any key here"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "", "hs256", "HS256 ", None, True, 0, ["HS256"], {}]
)
@pytest.mark.parametrize("with_signature", [True, False])
@pytest.mark.gen_test
async def test_no_other_algorithm_counts(algorithm: object, with_signature: bool) -> None:
    header = json.dumps({"alg": algorithm, "typ": "JWT"}).encode()
    text = signed(json.dumps(claims()).encode(), header)
    if not with_signature:
        text = text.rpartition(".")[0] + "."
    named = "none" if algorithm == "none" else "it has"
    reason = await refusal(verifier(), text)
    assert reason.startswith(f"the algorithm {named} is not among those allowed here: ")


@pytest.mark.gen_test
async def test_a_token_without_algorithm_is_refused() -> None:
    reason = await refusal(verifier(), signed(json.dumps(claims()).encode(), b"{}"))
    assert reason.startswith("the algorithm it has is not among those allowed here")


def foreign_headers() -> list[dict[str, Any]]:
    own = jwk(private_key("RS256", 1), kid="mine")
    address = "http://127.0.0.1:9/jwks"
    return [{"jwk": own}, {"jku": address}, {"x5u": address}, {"x5c": ["MIIB"]}, {"x5t": "AA"}]


@pytest.mark.parametrize("header", foreign_headers())
@pytest.mark.gen_test
async def test_keys_in_the_header_count_for_nothing(header: dict[str, Any]) -> None:
    checks = verifier("RS256")
    assert await checks.verify(token("RS256", header=header)) == "alice"
    forged = token("RS256", private_key("RS256", 1), header=header)
    assert await refusal(checks, forged) == "its signature does not match the key"


@pytest.mark.parametrize("crit", [["b64"], ["exp"], [], None, "b64", [1]])
@pytest.mark.gen_test
async def test_extensions_are_refused(crit: object) -> None:
    header = json.dumps({"alg": "HS256", "crit": crit, "b64": True, "exp": 1}).encode()
    reason = await refusal(verifier(), signed(json.dumps(claims()).encode(), header))
    assert reason.startswith("its header has ")
    assert "crit" in reason


@pytest.mark.parametrize(
    "kid", ["../../../../dev/null", "' or 1=1 --", '"', "k" * 5000, "a b", "k\x00", "", "ключ"]
)
@pytest.mark.gen_test
async def test_a_strange_kid_is_refused(kid: str) -> None:
    assert await refusal(verifier(), token("HS256", kid=kid)) == "there is no key with its kid"


@pytest.mark.parametrize("kid", [1, None, ["k"], {"k": 1}, True])
@pytest.mark.gen_test
async def test_a_kid_that_is_no_string_is_refused(kid: object) -> None:
    header = json.dumps({"alg": "HS256", "kid": kid}).encode()
    text = signed(json.dumps(claims()).encode(), header)
    assert await refusal(verifier(), text) == "its header has a kid or crit that is not understood"


@pytest.mark.gen_test
async def test_a_kid_is_nothing_to_a_key_without_a_name() -> None:
    assert await verifier("RS256").verify(token("RS256", kid="2024-01")) == "alice"


@pytest.mark.gen_test
async def test_a_token_over_the_cap_is_refused_unread() -> None:
    for text in ("a" * (MAX_TOKEN + 1), "a.b." + "c" * 1_000_000, "\ud800" * (MAX_TOKEN + 1)):
        assert await refusal(verifier(), text) == "it is longer than 8192 characters"
    large = token("HS256", more="x" * 5000)
    assert len(large) < MAX_TOKEN
    assert await verifier().verify(large) == "alice"


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "...", "a", "a.b", "a.b.c", "a..b", "é.é.é", "\ud800.a.b", "\x00", "=.=.="],
)
@pytest.mark.gen_test
async def test_what_is_no_token_is_refused(text: str) -> None:
    assert "not a JSON Web Token" in await refusal(verifier(), text)


@pytest.mark.gen_test
async def test_keys_of_one_name_are_tried_in_turn() -> None:
    first, second = private_key("RS256"), private_key("RS256", 1)
    keys = jwk_keys(
        jwks(jwk(private_key("ES256"), kid="k"), jwk(first, kid="k"), jwk(second, kid="k")),
        secrets=False,
    )
    checks = TokenVerifier(FixedKeys(keys), SetClock())
    for key in (first, second):
        assert await checks.verify(token("RS256", key, kid="k")) == "alice"
    assert "does not fit the key" in await refusal(checks, token("ES384", kid="k"))
    assert "no key with its kid" in await refusal(checks, token("RS256", first, kid="other"))


@pytest.mark.gen_test
async def test_a_token_without_kid_is_tried_with_a_few_keys() -> None:
    some = [jwk(private_key("ES256"), kid="0"), jwk(rsa_key(2048, 0), kid="1")]
    few = [*some, *(jwk(rsa_key(2048, 0), kid=str(number)) for number in range(2, 4))]
    many = [*few, *(jwk(rsa_key(2048, 0), kid=str(number)) for number in range(4, 6))]
    for keys in (some, few):
        checks = TokenVerifier(FixedKeys(jwk_keys(jwks(*keys), secrets=False)), SetClock())
        assert await checks.verify(token("RS256", rsa_key(2048, 0))) == "alice"
    checks = TokenVerifier(FixedKeys(jwk_keys(jwks(*many), secrets=False)), SetClock())
    wanted = "it fits 5 keys and must name one by kid"
    assert await refusal(checks, token("RS256", rsa_key(2048, 0))) == wanted


@pytest.mark.gen_test
async def test_a_good_token_is_remembered_until_it_expires() -> None:
    clock = SetClock()
    checks = verifier("RS256", clock=clock, rules=ClaimRules(leeway=5))
    text = token("RS256")
    assert checks.cached(text) is None
    await checks.verify(text)
    clock.now = NOW + 3604.9
    assert checks.cached(text) == "alice"
    clock.now = NOW + 3605
    assert checks.cached(text) is None
    assert await refusal(checks, text) == "it has expired"


@pytest.mark.gen_test
async def test_what_is_remembered_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = verifier()
    text = token("HS256")
    await checks.verify(text)
    monkeypatch.setattr(jwt.PyJWS, "decode_complete", None)
    assert await checks.verify(text) == "alice"


@pytest.mark.gen_test
async def test_the_memory_is_bounded_and_forgets_the_least_used() -> None:
    checks = verifier(cache_size=3)
    texts = [token("HS256", sub=f"user{number}") for number in range(4)]
    for text in texts[:3]:
        await checks.verify(text)
    assert checks.cached(texts[0]) == "user0"
    await checks.verify(texts[3])
    found = [checks.cached(text) for text in texts]
    assert found == ["user0", None, "user2", "user3"]


@pytest.mark.gen_test
async def test_nothing_but_the_very_token_is_remembered() -> None:
    checks = verifier()
    text = token("HS256")
    await checks.verify(text)
    for other in (text[:-1], text + "=", text + " ", text.upper(), "", text * 100, text + "\ud800"):
        assert checks.cached(other) is None
        assert await refusal(checks, other)
