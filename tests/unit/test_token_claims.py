"""What tokens claim: until when, whose they are, where they come from."""

import json
from typing import Any

import pytest

from movieserver.tokens.claims import ClaimRules
from tests.issuer import NOW, SetClock, claims, signed, token
from tests.unit.token_checks import HUGE, refusal, verifier

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
