"""Whatever comes as a token, it is refused."""

import json
import random
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from jwt.utils import base64url_encode

from movieserver.errors import TokenRefused
from tests.issuer import NOW, SECRET, claims, private_key, signed, token
from tests.unit.token_checks import ALL, HUGE, verifier


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
