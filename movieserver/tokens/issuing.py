"""Issues tokens that are signed with the data folder's secret."""

import math

import jwt

from movieserver.clock import Clock


def issue_token(secret: bytes, user: str, lifetime_seconds: float, clock: Clock) -> str:
    """A token of ``user`` that is valid for ``lifetime_seconds`` from now on."""
    now = clock.time()
    claims = {"sub": user, "iat": int(now), "exp": math.ceil(now + lifetime_seconds)}
    return jwt.encode(claims, secret, algorithm="HS256")
