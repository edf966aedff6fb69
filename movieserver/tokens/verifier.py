"""Finds the user of a token; every doubt ends in ``TokenRefused``."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import jwt
from cachetools import LRUCache
from jwt.exceptions import DecodeError, InvalidSignatureError, PyJWTError

from movieserver.clock import Clock
from movieserver.errors import TokenRefused
from movieserver.tokens.algorithms import ALGORITHMS
from movieserver.tokens.claims import ClaimRules, Claims, read_claims
from movieserver.tokens.keys import MAX_KEYS_TRIED, Key, KeySet
from movieserver.tokens.sources import KeySource

MAX_TOKEN = 8192
"""The maximum length of a token, in characters."""
NO_JWT = "it is not a JSON Web Token (header.payload.signature)"
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


class TokenVerifier:
    """Checks tokens, and caches those that it found good."""

    def __init__(
        self,
        source: KeySource,
        clock: Clock,
        *,
        rules: ClaimRules | None = None,
        algorithms: Iterable[str] = ALGORITHMS,
        cache_size: int = 10_000,
    ) -> None:
        """Accept ``algorithms``, as far as they fit the key; cache ``cache_size`` tokens."""
        self._source = source
        self._clock = clock
        self._rules = rules or ClaimRules()
        self._algorithms = frozenset(algorithms)
        self._jws = jwt.PyJWS(
            sorted(self._algorithms), options={"enforce_minimum_key_length": True}
        )
        # Tokens are kept as digests, so that a memory dump does not show them.
        self._good: LRUCache[bytes, Claims] = LRUCache(cache_size)
        self._good_by: KeySet | None = None

    async def verify(self, token: str) -> str:
        """The user whose token it is.

        Raises ``TokenRefused`` with the reason, and ``StoreUnavailable`` as long as no keys
        have been fetched.
        """
        user_id = self.cached(token)
        if user_id is not None:
            return user_id
        algorithm, kid = self._header(token)
        known = await self._source.keys()
        user_id = self._remembered(token)
        if user_id is not None:
            return user_id
        if not known.knows(kid):
            known = await self._source.renewed()
        keys = _fitting(known.named(kid), algorithm, kid)
        claims = self._claims(token, algorithm, keys)
        self._remember(token, claims, known)
        return claims.user_id

    def cached(self, token: str) -> str | None:
        """The user of a token that was found good before and still is, else None.

        Saves handlers a coroutine. Also returns None when the keys are due for renewal.
        """
        if self._clock.monotonic() >= self._source.fresh_until:
            return None
        return self._remembered(token)

    async def ping(self) -> None:
        """Ask for keys if there are none yet; raise ``StoreUnavailable`` if that fails."""
        if self._source.current is None:
            await self._source.keys()

    async def close(self) -> None:
        """Stop asking for keys."""
        await self._source.close()

    def _header(self, token: str) -> tuple[str, str | None]:
        """The header's algorithm, which is an allowed one, and its ``kid``, if any.

        Apart from a ``crit``, which is refused, nothing else in the header counts: not ``jku``,
        ``jwk``, ``x5u`` or ``x5c``.
        """
        if len(token) > MAX_TOKEN:
            raise TokenRefused(f"it is longer than {MAX_TOKEN} characters")
        if not _FORM.fullmatch(token):
            raise TokenRefused(NO_JWT)
        try:
            header: dict[str, Any] = jwt.get_unverified_header(token)
        except DecodeError as error:
            raise TokenRefused(NO_JWT) from error
        except PyJWTError as error:
            raise TokenRefused("its header has a kid or crit that is not understood") from error
        if "crit" in header:
            raise TokenRefused("its header has crit, but no extension is understood here")
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise TokenRefused(self._wrong_algorithm(algorithm))
        return algorithm, header.get("kid")

    def _wrong_algorithm(self, algorithm: object) -> str:
        named = algorithm if algorithm in (*ALGORITHMS, "none") else "it has"
        allowed = ", ".join(sorted(self._algorithms))
        return f"the algorithm {named} is not among those allowed here: {allowed}"

    def _claims(self, token: str, algorithm: str, keys: tuple[Key, ...]) -> Claims:
        for key in keys:
            try:
                signed = self._jws.decode_complete(token, key.material, [algorithm])
            except InvalidSignatureError:
                continue
            except (PyJWTError, ValueError) as error:
                raise TokenRefused("its signature cannot be checked") from error
            return read_claims(signed["payload"], self._rules, self._clock.time())
        raise TokenRefused("its signature does not match the key")

    def _remembered(self, token: str) -> str | None:
        if self._good_by is not self._source.current or len(token) > MAX_TOKEN:
            return None
        claims = self._good.get(_digest(token))
        if claims is None or self._clock.time() >= claims.valid_until:
            return None
        return claims.user_id

    def _remember(self, token: str, claims: Claims, keys: KeySet) -> None:
        if keys is not self._good_by:
            self._good.clear()
            self._good_by = keys
        self._good[_digest(token)] = claims


def _fitting(named: tuple[Key, ...], algorithm: str, kid: str | None) -> tuple[Key, ...]:
    """The keys to try the token with: those of ``named`` that fit the algorithm.

    Raises ``TokenRefused`` if there is none, or if there are more than ``MAX_KEYS_TRIED``.
    """
    fitting = tuple(key for key in named if algorithm in key.algorithms)
    if not named:
        raise TokenRefused("there is no key with its kid")
    if not fitting:
        which = "any key here" if kid is None else "the key that it names"
        raise TokenRefused(f"its algorithm {algorithm} does not fit {which}")
    if len(fitting) > MAX_KEYS_TRIED:
        raise TokenRefused(f"it fits {len(fitting)} keys and must name one by kid")
    return fitting


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
