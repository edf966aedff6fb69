"""An issuer's tokens, and what becomes of them."""

import asyncio
from typing import Any

import pytest

from movieserver.errors import TokenRefused
from movieserver.tokens.verifier import TokenVerifier
from tests.issuer import rsa_key, token

MAX_AGE = 300.0
FLOOR = 10.0


async def until(condition: Any) -> None:
    """Let the loop run until ``condition`` holds; the test's own time-out ends a vain wait."""
    while not condition():
        await asyncio.sleep(0.001)


def rsa_token(kid: str | None, number: int = 1, **changes: Any) -> str:
    return token("RS256", rsa_key(2048, number), kid=kid, **changes)


async def refused(checks: TokenVerifier, text: str, message: str) -> None:
    with pytest.raises(TokenRefused, match=message):
        await checks.verify(text)
