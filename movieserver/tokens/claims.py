"""The claims of a token (RFC 7519), read after its signature was found good."""

import json
from dataclasses import dataclass
from typing import Any

from movieserver.errors import TokenRefused
from movieserver.events import is_user_id

YEAR_10000 = 253_402_300_800
"""In seconds since 1970; a later time has the wrong unit, most likely milliseconds."""


@dataclass(frozen=True)
class ClaimRules:
    """What a token needs besides a good signature."""

    issuer: str | None = None
    """The ``iss`` that it must have; None accepts any, or none."""
    audience: str | None = None
    """What its ``aud`` must be or contain; None accepts any, or none."""
    leeway: float = 0.0
    """Seconds by which the issuer's clock may be off."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose token it is, and until when."""

    user_id: str
    valid_until: float
    """``exp`` plus the leeway, in seconds since 1970; from then on the token is refused."""


def read_claims(payload: bytes, rules: ClaimRules, now: float) -> Claims:
    """Check the claims of ``payload`` at the time ``now``, in seconds since 1970.

    ``iat`` must be a time, but may lie in the future: RFC 7519 gives that no meaning, and
    issuers' clocks may run ahead. Raises ``TokenRefused``.
    """
    claims = _claims(payload)
    expiry = _time(claims, "exp")
    if expiry is None:
        raise TokenRefused("it has no exp, and a token must expire")
    if now >= expiry + rules.leeway:
        raise TokenRefused("it has expired")
    _time(claims, "iat")
    not_before = _time(claims, "nbf")
    if not_before is not None and now < not_before - rules.leeway:
        raise TokenRefused("it is not valid yet (nbf)")
    _check_issuer_and_audience(claims, rules)
    if not is_user_id(claims.get("sub")):
        raise TokenRefused("its sub must name the user: 1 to 255 characters, no control characters")
    return Claims(claims["sub"], expiry + rules.leeway)


def _claims(payload: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise TokenRefused("its payload is not JSON") from error
    if not isinstance(claims, dict):
        raise TokenRefused("its payload is not a JSON object")
    return claims


def _time(claims: dict[str, Any], name: str) -> float | None:
    if name not in claims:
        return None
    value = claims[name]
    # NaN is in no range, and true and false have another type.
    if type(value) not in (int, float) or not 0 <= value < YEAR_10000:
        raise TokenRefused(f"its {name} is not a number of seconds since 1970")
    return float(value)


def _check_issuer_and_audience(claims: dict[str, Any], rules: ClaimRules) -> None:
    if rules.issuer is not None and claims.get("iss") != rules.issuer:
        raise TokenRefused(f"its iss is not {rules.issuer}")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if rules.audience is not None and rules.audience not in audiences:
        raise TokenRefused(f"its aud is not {rules.audience}")
