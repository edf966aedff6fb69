"""Tokens that are good, tokens that are not, and what is remembered of them."""

import json
import random
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from jwt.utils import base64url_encode

from movieserver.errors import TokenRefused
from movieserver.tokens import TokenVerifier
from movieserver.tokens.claims import ClaimRules
from movieserver.tokens.keys import KeySet, jwk_keys, pem_keys, secret_key
from movieserver.tokens.sources import FixedKeys
from movieserver.tokens.verifier import MAX_TOKEN
from tests.issuer import (
    NOW,
    SECRET,
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

ALL = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
ALL += ["ES256", "ES384", "ES512", "EdDSA"]


def verifier(algorithm: str = "HS256", **options: Any) -> TokenVerifier:
    """Checks tokens with the issuer's key for ``algorithm``, at ``NOW``."""
    key = private_key(algorithm)
    keys = KeySet((secret_key(key),)) if algorithm.startswith("HS") else pem_keys(pem(key))
    return TokenVerifier(FixedKeys(keys), options.pop("clock", SetClock()), **options)


async def refusal(checks: TokenVerifier, text: str) -> str:
    """Why ``text`` is refused, after having made sure that the reason repeats nothing of it."""
    assert checks.cached(text) is None
    with pytest.raises(TokenRefused) as refused:
        await checks.verify(text)
    reason = str(refused.value)
    pieces = [piece for piece in text.split(".") if len(piece) > 8]
    assert not any(piece in reason for piece in pieces)
    assert len(reason) < 300
    return reason


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
    assert reason == "its signature is not that of the key"


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
    wanted = "the algorithm RS512 is not allowed here: PS512, RS256"
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
    assert reason.startswith(f"the algorithm {named} is not allowed here: ")


@pytest.mark.gen_test
async def test_a_token_without_algorithm_is_refused() -> None:
    reason = await refusal(verifier(), signed(json.dumps(claims()).encode(), b"{}"))
    assert reason.startswith("the algorithm it has is not allowed here")


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
    assert await refusal(checks, forged) == "its signature is not that of the key"


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


HUGE = "9" * 400
TOO_LONG_FOR_PYTHON = "9" * 5000
TIMES = ["NaN", "Infinity", "-Infinity", "-1", "-0.5", HUGE, f"-{HUGE}", "1e400", "true", "null"]
TIMES += ['"1900000000"', "[]", "{}", "1800000000000", "253402300800", '"NaN"', "1e300"]


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("value", TIMES)
@pytest.mark.gen_test
async def test_a_time_that_is_none_is_refused(name: str, value: str) -> None:
    times = {"exp": str(NOW + 60)} | {name: value}
    members = ", ".join(f'"{key}": {number}' for key, number in times.items())
    payload = '{"sub": "alice", %s}' % members  # noqa: UP031
    reason = await refusal(verifier(), signed(payload.encode(), b'{"alg":"HS256"}'))
    assert reason == f"its {name} is not a number of seconds since 1970"


PAYLOADS: list[tuple[bytes, str]] = [
    (b"\xff\xfe\xfd", "payload is not JSON"),
    (b"{", "payload is not JSON"),
    (b"[" * 5000, "payload is not JSON"),
    (b'{"a":' * 1000, "payload is not JSON"),
    (b'{"exp": %s}' % TOO_LONG_FOR_PYTHON.encode(), "payload is not JSON"),
    (b"[]", "not a JSON object"),
    (b'"alice"', "not a JSON object"),
    (b"null", "not a JSON object"),
    (b"{}", "no exp"),
    (b'{"sub": "alice"}', "no exp"),
]


@pytest.mark.parametrize(("payload", "message"), PAYLOADS)
@pytest.mark.gen_test
async def test_a_payload_that_claims_nothing_is_refused(payload: bytes, message: str) -> None:
    assert message in await refusal(verifier(), signed(payload, b'{"alg":"HS256"}'))


@pytest.mark.parametrize(
    "sub",
    [..., None, "", 1, True, ["alice"], "a" * 256, "a\x00b", "a\nb", "\x7f", "\x85", "\ud800"],
)
@pytest.mark.gen_test
async def test_a_sub_that_names_nobody_is_refused(sub: object) -> None:
    assert "its sub must name the user" in await refusal(verifier(), token("HS256", sub=sub))


@pytest.mark.parametrize("sub", ["a" * 255, "auth0|5f7c", "ä漢", "a'b\"c\\", "../.."])
@pytest.mark.gen_test
async def test_any_other_sub_is_a_user(sub: str) -> None:
    assert await verifier().verify(token("HS256", sub=sub)) == sub


@pytest.mark.parametrize(
    ("leeway", "now", "message"),
    [
        (0, 199.9, "not valid yet"),
        (0, 200.0, None),
        (0, 999.9, None),
        (0, 1000.0, "has expired"),
        (0, 1e9, "has expired"),
        (30, 169.9, "not valid yet"),
        (30, 170.0, None),
        (30, 1029.9, None),
        (30, 1030.0, "has expired"),
    ],
)
@pytest.mark.gen_test
async def test_a_token_holds_from_nbf_until_exp(
    leeway: float, now: float, message: str | None
) -> None:
    clock = SetClock()
    clock.now = now
    checks = verifier(clock=clock, rules=ClaimRules(leeway=leeway))
    text = token("HS256", iat=1e9, nbf=200, exp=1000)
    if message:
        assert message in await refusal(checks, text)
    else:
        assert await checks.verify(text) == "alice"


RULES = ClaimRules(issuer="https://id.example", audience="movies")
HERE: dict[str, Any] = {"iss": "https://id.example", "aud": "movies"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        ({"aud": ["music", "movies"]}, None),
        ({"iss": ...}, "its iss is not https://id.example"),
        ({"iss": "https://id.example/"}, "its iss is not https://id.example"),
        ({"iss": ["https://id.example"]}, "its iss is not https://id.example"),
        ({"iss": None}, "its iss is not https://id.example"),
        ({"aud": ...}, "its aud is not movies"),
        ({"aud": None}, "its aud is not movies"),
        ({"aud": "movies2"}, "its aud is not movies"),
        ({"aud": []}, "its aud is not movies"),
        ({"aud": {"movies": 1}}, "its aud is not movies"),
        ({"aud": [["movies"]]}, "its aud is not movies"),
    ],
)
@pytest.mark.gen_test
async def test_where_it_comes_from_and_for_whom(
    changes: dict[str, Any], message: str | None
) -> None:
    text = signed(json.dumps(claims(**HERE | changes)).encode(), b'{"alg":"HS256"}')
    checks = verifier(rules=RULES)
    if message:
        assert await refusal(checks, text) == message
    else:
        assert await checks.verify(text) == "alice"


@pytest.mark.gen_test
async def test_without_rules_iss_and_aud_may_be_anything() -> None:
    assert await verifier().verify(token("HS256", iss="x", aud=["y"])) == "alice"


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
    wanted = "it fits 5 keys and must say which by kid"
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


def mutations(rng: random.Random, text: str) -> str:
    """``text`` after one to four random changes."""
    alphabet = "abcABC019_-.=+/ \x00é\ud800{}\"'"
    characters = list(text)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(characters))
        match rng.randrange(4):
            case 0:
                characters[place] = rng.choice(alphabet)
            case 1:
                characters.insert(place, rng.choice(alphabet))
            case 2:
                del characters[place : place + rng.randint(1, 20)]
            case _:
                characters[place:place] = characters[: rng.randint(1, 50)]
        characters = characters or ["."]
    return "".join(characters)


def random_json(rng: random.Random, depth: int = 0) -> str:
    """JSON, or nearly so: deep, with odd numbers, doubled names and lone surrogates."""
    if depth > 3 or rng.random() < 0.4:
        odd = ["NaN", "-Infinity", "1e999", "-0", HUGE, '"\\ud800"', '"\\u0000"', "null", "[", "é"]
        return rng.choice([*odd, "true", '"alice"', str(NOW), str(NOW + 60), "[" * 2000])
    names = ["sub", "exp", "iat", "nbf", "iss", "aud", "exp", "sub", "alg", "kid", "crit", "b64"]
    parts = [
        f'"{rng.choice(names)}": {random_json(rng, depth + 1)}' for _ in range(rng.randint(0, 6))
    ]
    return "{%s}" % ", ".join(parts)  # noqa: UP031


def random_bytes(rng: random.Random) -> bytes:
    match rng.randrange(3):
        case 0:
            return rng.randbytes(rng.randint(0, 300))
        case 1:
            return random_json(rng).encode("utf-8", "surrogatepass")
        case _:
            return random_json(rng).encode("utf-16")


def noise(rng: random.Random, _key: str) -> str:
    codec = rng.choice(["latin-1", "utf-16-le"])
    return rng.randbytes(rng.randint(0, 400)).decode(codec, "replace")


def mutated(rng: random.Random, key: str) -> str:
    return mutations(rng, token(rng.choice([key, rng.choice(ALL)])))


def any_payload(rng: random.Random, _key: str) -> str:
    return signed(random_bytes(rng), b'{"alg":"HS256"}')


def any_header(rng: random.Random, _key: str) -> str:
    return signed(json.dumps(claims()).encode(), random_bytes(rng))


def any_signature(rng: random.Random, key: str) -> str:
    start = token(key).rpartition(".")[0]
    return f"{start}.{base64url_encode(rng.randbytes(rng.randint(0, 300))).decode()}"


@pytest.mark.parametrize("make", [noise, mutated, any_payload, any_header, any_signature])
@pytest.mark.parametrize("key", ["HS256", "RS256", "ES256", "EdDSA"])
@pytest.mark.gen_test(timeout=60)
async def test_whatever_comes_it_is_refused(
    make: Callable[[random.Random, str], str], key: str
) -> None:
    rng = random.Random(f"{make.__name__} {key}")
    checks = verifier(key)
    for _ in range(250):
        text = make(rng, key)
        try:
            await checks.verify(text)
        except TokenRefused:
            continue
        assert signature_is_good(text, key)


def signature_is_good(text: str, key: str) -> bool:
    """By PyJWT alone: a mutation may have left the token as it was."""
    material = SECRET if key == "HS256" else private_key(key).public_key()
    options: Any = {"verify_exp": False, "verify_iat": False}
    return "sub" in jwt.decode(text, material, ALL, options)
