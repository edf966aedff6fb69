"""Makes the token verifier from a profile's ``auth``, and refuses every contradiction in it."""

import logging
import stat
from dataclasses import dataclass
from pathlib import Path

from movieserver.clock import Clock
from movieserver.settings import UnfitValue, setting
from movieserver.texts import CONTROL
from movieserver.tokens.claims import ClaimRules
from movieserver.tokens.documents import IssuerKeys, JwksFile, JwksUrl, url_fault
from movieserver.tokens.keys import (
    ALGORITHMS,
    ASYMMETRIC,
    Key,
    KeySet,
    pem_keys,
    secret_key,
)
from movieserver.tokens.secret import NAME, read_secret
from movieserver.tokens.sources import FixedKeys, KeySource, RefreshedKeys
from movieserver.tokens.verifier import TokenVerifier

log = logging.getLogger(__name__)

FILE_AGE = 1.0
"""Seconds after which a JWKS file is checked for changes."""
MAX_KEY_FILE = 64 * 1024
"""The maximum size of a secret or PEM file, in bytes."""
SOURCES = ("secret", "secret_file", "public_key_file", "jwks_file", "jwks_url", "discovery")
"""The settings of a source of keys: one of them, or none for the data folder's secret."""


@dataclass(frozen=True)
class AuthSettings:
    """The keys under ``auth`` in a profile: one source of keys, and what tokens must claim."""

    algorithms: tuple[str, ...] = setting(
        "Accepted signature algorithms; if empty, all that fit the keys.",
        default=(),
        choices=sorted(ALGORITHMS),
    )
    secret: str | None = setting(
        "A secret shared with the issuer, 32 bytes or more; better given as a file.",
        default=None,
        hidden=True,
    )
    secret_file: str | None = setting(
        "A file with such a secret; a final line break is ignored.", default=None
    )
    public_key_file: str | None = setting(
        "A PEM file with the issuer's public key, or up to four of them.", default=None
    )
    jwks_file: str | None = setting(
        "A file with a JWK set; it is read again within a second of a change.", default=None
    )
    jwks_url: str | None = setting("The URL of a JWK set.", default=None)
    discovery: bool = setting(
        "Whether to find the keys through the issuer's discovery document (OpenID Connect "
        "Discovery).",
        default=False,
    )
    issuer: str | None = setting("The iss that tokens must have.", default=None)
    audience: str | None = setting(
        "What the aud of tokens must be or contain; without it, aud is not checked.",
        default=None,
    )
    leeway: float = setting(
        "Seconds by which the issuer's clock may differ from ours.",
        default=0.0,
        minimum=0,
        maximum=300,
    )
    jwks_max_age: float = setting(
        "Seconds after which keys are fetched again: how long a retired key may remain valid.",
        default=300.0,
        minimum=1,
        maximum=86_400,
    )
    jwks_refresh_floor: float = setting(
        "Minimum number of seconds between two fetches, however many tokens name an unknown key.",
        default=10.0,
        minimum=1,
        maximum=3600,
    )
    cache_size: int = setting(
        "How many accepted tokens are remembered.",
        default=10_000,
        minimum=1,
        maximum=10_000_000,
    )

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        given = [name for name in SOURCES if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"found both {given[0]} and {given[1]}; allowed: one source of keys")
        if self.discovery and self.issuer is None:
            raise ValueError(
                "found discovery without issuer; allowed: discovery with the issuer's URL"
            )
        if not given and (self.issuer or self.audience):
            raise ValueError(
                "found an issuer or audience, but no source of keys to check its tokens with; "
                f"allowed: one of {', '.join(SOURCES)}"
            )
        for name in ("issuer", "audience"):
            if (text := getattr(self, name)) and CONTROL.search(text):
                raise UnfitValue(
                    name, f"found {text!r}; allowed: a string without control characters"
                )
        for name in ("jwks_url", *(["issuer"] if self.discovery else [])):
            if (url := getattr(self, name)) and (fault := url_fault(url)):
                raise UnfitValue(name, f"found {name} that {fault}; allowed: https://HOST/PATH")
        if self.jwks_refresh_floor > self.jwks_max_age:
            raise UnfitValue(
                "jwks_refresh_floor",
                f"found jwks_refresh_floor above jwks_max_age; "
                f"allowed: up to {self.jwks_max_age:g}",
            )

    @property
    def source(self) -> str | None:
        """The one setting that says where the keys are; None for the data folder's secret."""
        return next((name for name in SOURCES if getattr(self, name)), None)


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
