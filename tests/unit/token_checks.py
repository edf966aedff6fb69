"""Checks tokens, and says why one is refused."""

from typing import Any

import pytest

from movieserver.errors import TokenRefused
from movieserver.tokens.keys import KeySet, pem_keys, secret_key
from movieserver.tokens.sources import FixedKeys
from movieserver.tokens.verifier import TokenVerifier
from tests.issuer import SetClock, pem, private_key

ALL = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
ALL += ["ES256", "ES384", "ES512", "EdDSA"]
HUGE = "9" * 400
"""A number that no clock shows."""


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
