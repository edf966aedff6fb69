"""An issuer of tokens: its keys, what it signs, and the web server that publishes its keys."""

import asyncio
import functools
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm
from tornado.web import Application, RequestHandler

from movieserver.clock import Clock

NOW = 1_800_000_000
SECRET = b"0123456789abcdef" * 4
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


def private_key(algorithm: str, number: int = 0) -> Any:
    """The issuer's key for ``algorithm``; another ``number`` is another key."""
    if algorithm.startswith("HS"):
        return SECRET if not number else SECRET + str(number).encode()
    if algorithm in CURVES or algorithm == "EdDSA":
        return _key(algorithm, number)
    return rsa_key(2048, number)


def rsa_key(bits: int, number: int = 0) -> rsa.RSAPrivateKey:
    key: rsa.RSAPrivateKey = _key(f"RSA {bits}", number)
    return key


@functools.cache
def _key(kind: str, _number: int) -> Any:
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    if kind == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, int(kind.removeprefix("RSA ")))


@functools.cache
def ed448_key() -> ed448.Ed448PrivateKey:
    return ed448.Ed448PrivateKey.generate()


def public_key(private: Any) -> Any:
    return private if isinstance(private, bytes) else private.public_key()


def pem(private: Any) -> str:
    """The public key as PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    encoding = serialization.Encoding.PEM
    return str(private.public_key().public_bytes(encoding, form).decode())


def private_pem(private: Any) -> str:
    return str(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    )


def jwk(private: Any, **members: Any) -> dict[str, Any]:
    """The public key (or secret) as a JWK with further ``members``."""
    public = public_key(private)
    if isinstance(public, bytes):
        value = HMACAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, rsa.RSAPublicKey):
        value = RSAAlgorithm.to_jwk(public, as_dict=True)
        del value["key_ops"]
    elif isinstance(public, ec.EllipticCurvePublicKey):
        value = ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        value = OKPAlgorithm.to_jwk(public, as_dict=True)
    return value | members


def jwks(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


def claims(**changes: Any) -> dict[str, Any]:
    """Claims of alice that are good at ``NOW``; a change to ``...`` removes a claim."""
    all_claims = {"sub": "alice", "iat": NOW, "exp": NOW + 3600} | changes
    return {name: value for name, value in all_claims.items() if value is not ...}


def token(
    algorithm: str = "RS256",
    key: Any = None,
    *,
    kid: str | None = None,
    header: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A token of alice signed with the issuer's key, or with ``key``."""
    headers = (header or {}) | ({} if kid is None else {"kid": kid})
    key = private_key(algorithm) if key is None else key
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def signed(payload: bytes, header: bytes, secret: bytes = SECRET) -> str:
    """An HS256 token with any bytes as its payload and header."""
    parts = [jwt.utils.base64url_encode(part) for part in (header, payload)]
    message = b".".join(parts)
    signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(message, secret)
    return b".".join([message, jwt.utils.base64url_encode(signature)]).decode()


class SetClock(Clock):
    """A clock that shows what it is set to."""

    now: float = NOW

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Issuer:
    """What the web server answers, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.jwks = jwks()
        self.status = 200
        self.configuration: dict[str, Any] = {}
        self.asked: list[str] = []
        self.silent = False
        self.answering = asyncio.Event()

    def publish(self, **keys: Any) -> None:
        """Publish keys by their kid."""
        self.jwks = jwks(*(jwk(key, kid=kid) for kid, key in keys.items()))

    @property
    def app(self) -> Application:
        rules = [
            ("/jwks", IssuerHandler, {"issuer": self}),
            ("/moved", IssuerHandler, {"issuer": self}),
            ("/.well-known/openid-configuration", IssuerHandler, {"issuer": self}),
        ]
        return Application(rules, log_function=lambda _: None)


class IssuerHandler(RequestHandler):
    def initialize(self, issuer: Issuer) -> None:
        self.issuer = issuer

    async def get(self) -> None:
        issuer = self.issuer
        issuer.asked.append(self.request.path)
        if issuer.silent:
            await issuer.answering.wait()
        self.set_status(issuer.status)
        if self.request.path == "/moved":
            self.redirect("/jwks")
        elif self.request.path == "/jwks":
            self.write(issuer.jwks)
        else:
            uris = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/jwks"}
            self.write(uris | issuer.configuration)
