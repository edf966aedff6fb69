"""Keys: what each form of them is good for, and what is wrong with bad ones."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec

from movieserver.tokens.keys import Key, KeySet, jwk_keys, pem_keys, secret_key
from tests.issuer import CURVES, ed448_key, jwk, jwks, pem, private_key, private_pem, rsa_key

RSA = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
KEYS = {"RS256": RSA, "ES256": {"ES256"}, "ES384": {"ES384"}, "ES512": {"ES512"}}
KEYS |= {"EdDSA": {"EdDSA"}}


@pytest.mark.parametrize(
    ("size", "algorithms"),
    [
        (32, {"HS256"}),
        (47, {"HS256"}),
        (48, {"HS256", "HS384"}),
        (64, {"HS256", "HS384", "HS512"}),
    ],
)
def test_a_secret_fits_the_algorithms_that_it_is_long_enough_for(
    size: int, algorithms: set[str]
) -> None:
    assert secret_key(b"s" * size).algorithms == algorithms


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        (b"s" * 31, "has 31 bytes but needs 32"),
        (b"", "has 0 bytes"),
        (pem(rsa_key(2048)).encode(), "not a secret"),
        (b'{"kty": "oct", "k": "0123456789012345678901234567890123456789"}', "not a secret"),
    ],
)
def test_what_is_no_secret_is_refused(secret: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        secret_key(secret)


def test_a_key_shows_nothing_of_itself() -> None:
    assert "ssss" not in repr(KeySet((secret_key(b"s" * 32),)))


@pytest.mark.parametrize(("algorithm", "algorithms"), KEYS.items())
def test_a_pem_fits_the_algorithms_of_its_type(algorithm: str, algorithms: set[str]) -> None:
    (key,) = pem_keys(pem(private_key(algorithm))).keys
    assert key.algorithms == algorithms
    assert key.kid is None


def test_a_pem_file_may_hold_several_keys_and_text_between_them() -> None:
    text = f"new:\n{pem(ed448_key())}\nold:\r\n{pem(private_key('ES256'))}"
    found = [key.algorithms for key in pem_keys(text).keys]
    assert found == [{"EdDSA"}, {"ES256"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no PEM block"),
        ("secret", "no PEM block"),
        (private_pem(private_key("EdDSA")), "private key.*openssl pkey"),
        ("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----", "openssl x509"),
        ("-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----", "cannot be read"),
        (pem(rsa_key(1024)), "1024 bits, fewer than 2048"),
        (pem(dsa.generate_private_key(1024)), "signs no tokens"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "curve secp256k1"),
        (pem(private_key("ES256")) * 5, "5 keys, more than 4"),
    ],
)
def test_a_pem_that_cannot_be_used_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pem_keys(text)


@pytest.mark.parametrize(("algorithm", "algorithms"), KEYS.items())
def test_a_jwk_fits_the_algorithms_of_its_type(algorithm: str, algorithms: set[str]) -> None:
    document = jwks(jwk(private_key(algorithm), kid="k", use="sig", key_ops=["verify"]))
    (key,) = jwk_keys(document, secrets=False).keys
    assert key.algorithms == algorithms
    assert key.kid == "k"


def test_a_jwk_that_says_its_algorithm_fits_no_other() -> None:
    (key,) = jwk_keys(jwks(jwk(rsa_key(2048), alg="PS384")), secrets=False).keys
    assert key.algorithms == {"PS384"}


def test_an_ed448_jwk_is_usable() -> None:
    (key,) = jwk_keys(jwks(jwk(ed448_key())), secrets=False).keys
    assert key.algorithms == {"EdDSA"}


def test_secrets_are_taken_from_files_alone() -> None:
    document = jwks(jwk(b"s" * 48, kid="s"))
    (key,) = jwk_keys(document, secrets=True).keys
    assert key == Key(b"s" * 48, frozenset({"HS256", "HS384"}), "s")
    with pytest.raises(ValueError, match="it is a secret"):
        jwk_keys(document, secrets=False)


GOOD = jwk(private_key("ES256"), kid="good")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("key", "not an object"),
        (GOOD | {"use": "enc"}, "use is not sig"),
        (GOOD | {"use": ["sig"]}, "use is not sig"),
        (GOOD | {"key_ops": ["encrypt"]}, "do not include verify"),
        (GOOD | {"key_ops": 1}, "do not include verify"),
        (GOOD | {"d": "AA"}, "private key"),
        (GOOD | {"d": "AA", "key_ops": ["sign"]}, "private key"),
        (GOOD | {"kid": 1}, "kid is not a string"),
        (GOOD | {"kty": "AKP"}, "kty is none of"),
        (GOOD | {"kty": ["EC"]}, "kty is none of"),
        (GOOD | {"alg": "RS256"}, "alg does not fit"),
        (GOOD | {"alg": "none"}, "alg does not fit"),
        (GOOD | {"alg": ["ES256"]}, "alg does not fit"),
        (GOOD | {"crv": "P-384"}, "EC members"),
        (GOOD | {"x": 1}, "EC members"),
        (GOOD | {"x": "ü"}, "EC members"),
        (GOOD | {"x": GOOD["y"]}, "EC members"),
        ({"kty": "EC"}, "EC members"),
        ({"kty": "RSA", "n": "AA", "e": "AQAB"}, "RSA members|bits"),
        ({"kty": "RSA", "n": None, "e": "AQAB"}, "RSA members"),
        ({"kty": "OKP", "crv": "X25519", "x": "AA"}, "OKP members"),
        ({"kty": "OKP", "crv": "Ed25519", "x": "AA"}, "OKP members"),
        ({"kty": "oct"}, "oct members"),
        ({"kty": "oct", "k": 7}, "oct members"),
        ({"kty": "oct", "k": "AAAA"}, "has 3 bytes"),
        (jwk(rsa_key(1024)), "1024 bits"),
        (jwk(ec.generate_private_key(ec.SECP256K1())), "curve secp256k1"),
    ],
)
def test_an_unusable_jwk_is_left_out(bad: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"no usable key: key 0: .*({message})"):
        jwk_keys(jwks(bad), secrets=True)
    (key,) = jwk_keys(jwks(bad, GOOD), secrets=True).keys
    assert key.kid == "good"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", 'no list under "keys"'),
        (b'{"keys": {}}', 'no list under "keys"'),
        (b'{"keys": []}', "the set is empty"),
        (jwks(*[{}] * 101), "101 keys, more than 100"),
    ],
)
def test_what_is_no_jwk_set_is_refused(document: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        jwk_keys(document, secrets=True)


def keys(*kids: str | None) -> KeySet:
    return KeySet(tuple(Key(b"", frozenset(), kid) for kid in kids))


@pytest.mark.parametrize(
    ("there", "kid", "found"),
    [
        (("a", "b"), "b", ["b"]),
        (("a", "b", "a"), "a", ["a", "a"]),
        (("a", "b"), "c", []),
        (("a", "b"), None, ["a", "b"]),
        (("a", None), "a", ["a"]),
        (("a", None), "c", [None]),
        (("a", None), None, ["a", None]),
        ((None,), "../../dev/null", []),
        ((None,), "' or '1'='1", []),
        ((None,), "", []),
        ((None,), "k" * 256, []),
        ((None,), "k\n", []),
        (("arn:aws:kms:key/7",), "arn:aws:kms:key/7", ["arn:aws:kms:key/7"]),
    ],
)
def test_a_token_finds_its_key_by_kid(
    there: tuple[str | None, ...], kid: str | None, found: list[str | None]
) -> None:
    assert [key.kid for key in keys(*there).named(kid)] == found


@pytest.mark.parametrize(
    ("there", "kid", "known"),
    [
        (("a", "b"), "b", True),
        (("a", None), "b", False),
        (("a", None), None, True),
        ((), None, False),
    ],
)
def test_a_key_without_a_name_is_not_that_of_a_name(
    there: tuple[str | None, ...], kid: str | None, known: bool
) -> None:
    assert keys(*there).knows(kid) is known


def test_every_curve_has_one_algorithm() -> None:
    fits = [pem_keys(pem(private_key(name))).keys[0].algorithms for name in CURVES]
    assert fits == [{name} for name in CURVES]
