"""Makes the token verifier from a profile's ``auth``."""

import logging
import stat
from pathlib import Path

from movieserver.clock import Clock
from movieserver.settings import UnfitValue
from movieserver.tokens.algorithms import ALGORITHMS, ASYMMETRIC
from movieserver.tokens.claims import ClaimRules
from movieserver.tokens.documents import IssuerKeys, JwksFile, JwksUrl
from movieserver.tokens.keys import (
    Key,
    KeySet,
    pem_keys,
    secret_key,
)
from movieserver.tokens.secret import NAME, read_secret
from movieserver.tokens.settings import AuthSettings
from movieserver.tokens.sources import FixedKeys, KeySource, RefreshedKeys
from movieserver.tokens.verifier import TokenVerifier

log = logging.getLogger(__name__)

FILE_AGE = 1.0
"""Seconds after which a JWKS file is checked for changes."""
MAX_KEY_FILE = 64 * 1024
"""The maximum size of a secret or PEM file, in bytes."""


def token_verifier(settings: AuthSettings, data: Path | None, clock: Clock) -> TokenVerifier | None:
    """What checks tokens by ``settings``, or by the secret of ``data`` if they name no key.

    Returns None if the folder has no secret either. Nothing is fetched before the first token.
    Raises ``UnfitValue`` for a setting, and ``ConfigurationError`` for the data folder's secret.
    """
    if settings.source is None:
        secret = None if data is None else read_secret(data)
        if secret is None:
            return None
        source: KeySource = _fixed(secret_key(secret))
    else:
        source = _source(settings.source, settings, clock)
    return TokenVerifier(
        source,
        clock,
        rules=ClaimRules(settings.issuer, settings.audience, settings.leeway),
        algorithms=_algorithms(settings, source),
        cache_size=settings.cache_size,
    )


def _source(name: str, settings: AuthSettings, clock: Clock) -> KeySource:
    value = getattr(settings, name)
    if name not in ("jwks_url", "discovery"):
        return _source_here(name, value, clock)
    return RefreshedKeys(
        JwksUrl(value) if name == "jwks_url" else IssuerKeys(str(settings.issuer)),
        clock,
        max_age=settings.jwks_max_age,
        floor=settings.jwks_refresh_floor,
    )


def _source_here(name: str, value: str, clock: Clock) -> KeySource:
    """The keys in the profile or in a file, which is read at once."""
    try:
        match name:
            case "secret":
                return _fixed(secret_key(value.encode()))
            case "secret_file":
                return _fixed(secret_key(_secret(Path(value))))
            case "public_key_file":
                return FixedKeys(pem_keys(_content(Path(value)).decode("ascii", "replace")))
            case _:
                return _followed(JwksFile(Path(value)), clock)
    except OSError as error:
        raise UnfitValue(name, f"{value}: {error.strerror}") from error
    except ValueError as error:
        place = "" if name == "secret" else f"{value}: "
        raise UnfitValue(name, f"{place}{error}") from error


def _followed(file: JwksFile, clock: Clock) -> RefreshedKeys:
    return RefreshedKeys(file, clock, max_age=FILE_AGE, floor=FILE_AGE, initial=file.read())


def _algorithms(settings: AuthSettings, source: KeySource) -> frozenset[str]:
    """The configured algorithms, or all that fit the source if none are configured.

    Raises ``UnfitValue`` for a configured one that does not fit.
    """
    if isinstance(source, FixedKeys):
        fitting = frozenset().union(*(key.algorithms for key in source.current.keys))
    else:
        fitting = ALGORITHMS if settings.source == "jwks_file" else ASYMMETRIC
    for algorithm in settings.algorithms:
        if algorithm not in fitting:
            keys = f"auth.{settings.source}" if settings.source else f"the data folder's {NAME}"
            raise UnfitValue(
                "algorithms",
                f"found {algorithm}, which fits no key of {keys}; "
                f"allowed: {', '.join(sorted(fitting))}",
            )
    return frozenset(settings.algorithms) or fitting


def _fixed(key: Key) -> FixedKeys:
    return FixedKeys(KeySet((key,)))


def _secret(path: Path) -> bytes:
    # Only warn: containers mount secrets that way, and nobody else uses the machine.
    if path.stat().st_mode & stat.S_IROTH:
        log.warning("auth.secret_file: every user of this machine can read %s", path)
    return _content(path).rstrip(b"\r\n")


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_KEY_FILE + 1)
    if len(content) > MAX_KEY_FILE:
        raise ValueError(f"this is not a key: it has more than {MAX_KEY_FILE} bytes")
    return content
