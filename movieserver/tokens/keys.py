"""Keys that check tokens, each bound to the algorithms that fit its type."""

import json
import logging
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from movieserver.tokens.algorithms import CURVES, RSA, SECRET_BYTES

log = logging.getLogger(__name__)

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | Ed448PublicKey

RSA_BITS = 2048
"""The minimum size of an RSA key, in bits (RFC 7518, 3.3)."""

_JWK_READERS = {
    "RSA": RSAAlgorithm.from_jwk,
    "EC": ECAlgorithm.from_jwk,
    "OKP": OKPAlgorithm.from_jwk,
    "oct": HMACAlgorithm.from_jwk,
}
MAX_KEYS_TRIED = 4
"""The maximum number of keys to try a token with; if more fit, the token has to name one."""
_MAX_KEYS = 100
_PLAIN_KID = re.compile(r"[A-Za-z0-9._~+=:@-]{1,255}")
_PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


@dataclass(frozen=True)
class Key:
    """A secret or a public key, with the algorithms of the tokens that it may check."""

    material: PublicKey | bytes = field(repr=False)
    algorithms: frozenset[str]
    kid: str | None = None
    """The name by which tokens refer to the key; None if it has none, as secrets and PEM keys."""


@dataclass(frozen=True)
class KeySet:
    """The keys that are valid at one time, in the order of their source."""

    keys: tuple[Key, ...]

    def knows(self, kid: str | None) -> bool:
        """Whether there are keys that a token with ``kid`` names, or any if it names none.

        If not, its key may be newer than the set, even if the set has keys without a name.
        """
        return any(kid is None or key.kid == kid for key in self.keys)

    def named(self, kid: str | None) -> tuple[Key, ...]:
        """The keys that a token may mean by ``kid``; None if its header has no ``kid``.

        Without a name, that is every key. A name means the keys of that name or, if there are
        none, the keys that have no name, unless the name looks like a path or a query.
        """
        if kid is None:
            return self.keys
        named = tuple(key for key in self.keys if key.kid == kid)
        if named or not _PLAIN_KID.fullmatch(kid):
            return named
        return tuple(key for key in self.keys if key.kid is None)


def secret_key(secret: bytes) -> Key:
    """``secret`` as a key; raises ``ValueError`` that says what is wrong with it."""
    algorithms = frozenset(name for name, size in SECRET_BYTES.items() if len(secret) >= size)
    if not algorithms:
        raise ValueError(
            f"the secret has {len(secret)} bytes but needs {SECRET_BYTES['HS256']} or more; "
            "make one with: openssl rand -base64 48"
        )
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except InvalidKeyError as error:
        raise ValueError("this is a key file (PEM, SSH or JWK), not a secret") from error
    return Key(secret, algorithms)


def pem_keys(text: str) -> KeySet:
    """The public keys of a PEM file; raises ``ValueError`` that says what is wrong."""
    blocks = list(_PEM_BLOCK.finditer(text))
    if not blocks:
        raise ValueError("there is no PEM block (-----BEGIN PUBLIC KEY-----) in it")
    if len(blocks) > MAX_KEYS_TRIED:
        raise ValueError(f"it holds {len(blocks)} keys, more than {MAX_KEYS_TRIED}; use a JWK set")
    return KeySet(tuple(_pem_key(block[0], block[1]) for block in blocks))


def jwk_keys(document: bytes, *, secrets: bool) -> KeySet:
    """The usable keys of a JWK set (RFC 7517); the others are left out and logged.

    Secrets (``kty`` ``oct``) are usable only if ``secrets`` is true: in a file, not on the web.
    Raises ``ValueError`` if the document is not a JWK set or none of its keys is usable.
    """
    usable: list[Key] = []
    ignored: list[str] = []
    for number, jwk in enumerate(_jwks(document)):
        try:
            usable.append(_jwk_key(jwk, secrets))
        except ValueError as error:
            ignored.append(f"key {number}: {error}")
    if not usable:
        raise ValueError(f"no usable key: {'; '.join(ignored[:3]) or 'the set is empty'}")
    if ignored:
        log.info("keys left out of a JWK set: %s", "; ".join(ignored))
    return KeySet(tuple(usable))


def _pem_key(block: str, label: str) -> Key:
    if "PRIVATE" in label:
        raise ValueError(
            "it holds a private key, which does not belong on this server; "
            "give the public one: openssl pkey -in FILE -pubout"
        )
    if label not in ("PUBLIC KEY", "RSA PUBLIC KEY"):
        raise ValueError(
            f"it holds a {label}, not a PUBLIC KEY; "
            "for a certificate, use: openssl x509 -in FILE -noout -pubkey"
        )
    try:
        material = load_pem_public_key(block.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"the {label} in it cannot be read") from error
    return _public_key(material)


def _jwks(document: bytes) -> list[Any]:
    try:
        value = json.loads(document)
    except RecursionError as error:
        raise ValueError("it is not a JWK set: nested too deep") from error
    except ValueError as error:
        raise ValueError(f"it is not a JWK set: not JSON: {error}") from error
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list):
        raise ValueError('it is not a JWK set: no list under "keys"')
    if len(keys) > _MAX_KEYS:
        raise ValueError(f"it has {len(keys)} keys, more than {_MAX_KEYS}")
    return keys


def _jwk_key(jwk: Any, secrets: bool) -> Key:
    if not isinstance(jwk, dict):
        raise ValueError("not an object")
    _check_purpose(jwk)
    kty, kid, algorithm = jwk.get("kty"), jwk.get("kid"), jwk.get("alg")
    if not (kid is None or isinstance(kid, str)):
        raise ValueError("its kid is not a string")
    if not isinstance(kty, str) or kty not in _JWK_READERS:
        raise ValueError("its kty is none of RSA, EC, OKP, oct")
    if kty == "oct" and not secrets:
        raise ValueError("it is a secret, and whoever can read it can forge tokens")
    try:
        material = _JWK_READERS[kty](jwk)
    except (InvalidKeyError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise ValueError(f"its {kty} members do not make a key") from error
    key = secret_key(material) if isinstance(material, bytes) else _public_key(material)
    if algorithm is not None and algorithm not in list(key.algorithms):
        raise ValueError("its alg does not fit its type")
    return Key(key.material, frozenset({algorithm} if algorithm else key.algorithms), kid)


def _check_purpose(jwk: dict[str, Any]) -> None:
    # First: a private key also has other key_ops, which matters less.
    if "d" in jwk:
        raise ValueError("it is a private key, and whoever can read it can forge tokens")
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig":
        raise ValueError("its use is not sig")
    if not isinstance(operations, list) or "verify" not in operations:
        raise ValueError("its key_ops do not include verify")


def _public_key(material: object) -> Key:
    match material:
        case RSAPublicKey():
            if material.key_size < RSA_BITS:
                raise ValueError(f"the RSA key has {material.key_size} bits, fewer than {RSA_BITS}")
            return Key(material, RSA)
        case EllipticCurvePublicKey():
            if material.curve.name not in CURVES:
                raise ValueError(f"its curve {material.curve.name} is none of {[*CURVES]}")
            return Key(material, frozenset({CURVES[material.curve.name]}))
        case Ed25519PublicKey() | Ed448PublicKey():
            return Key(material, frozenset({"EdDSA"}))
        case _:
            raise ValueError("a key of a type that signs no tokens here")
