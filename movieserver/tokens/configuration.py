"""From the profile's ``auth`` to what checks its tokens; every contradiction is refused."""

import logging
import stat
from dataclasses import dataclass, fields
from pathlib import Path

from movieserver.clock import Clock
from movieserver.errors import ConfigurationError
from movieserver.secret import NAME, read_secret
from movieserver.settings import setting
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
from movieserver.tokens.sources import FixedKeys, KeySource, RefreshedKeys
from movieserver.tokens.verifier import TokenVerifier

log = logging.getLogger(__name__)

FILE_AGE = 1.0
"""Seconds after which a JWKS file is looked at again."""
MAX_KEY_FILE = 64 * 1024
"""Bytes of the largest secret or PEM file."""
SOURCES = ("secret", "secret_file", "public_key_file", "jwks_file", "jwks_url", "discovery")
"""The settings that say where the keys are: one of them, or none for the data folder's secret."""


@dataclass(frozen=True)
class AuthSettings:
    """The keys under ``auth`` in a profile: one source of keys, and what tokens must claim."""

    algorithms: tuple[str, ...] = setting(
        "Algorithms of the tokens that are accepted, of HS256 HS384 HS512 RS256 RS384 RS512 PS256 "
        "PS384 PS512 ES256 ES384 ES512 EdDSA. Empty: all that fit the keys.",
        default=(),
    )
    secret: str | None = setting(
        "A secret shared with the issuer, 32 bytes or more; better given as a file.",
        default=None,
        hidden=True,
    )
    secret_file: str | None = setting(
        "A file with such a secret; the line's end does not count.", default=None
    )
    public_key_file: str | None = setting(
        "A PEM file with the issuer's public key, or up to four of them.", default=None
    )
    jwks_file: str | None = setting(
        "A file with a JWK set; it is read again within a second of its change.", default=None
    )
    jwks_url: str | None = setting("The URL of a JWK set.", default=None)
    discovery: bool = setting(
        "Whether to find the keys through the discovery document of issuer "
        "(OpenID Connect Discovery).",
        default=False,
    )
    issuer: str | None = setting("The iss that tokens must have.", default=None)
    audience: str | None = setting(
        "What the aud of tokens must be or contain; without it, aud is not looked at.",
        default=None,
    )
    leeway: float = setting(
        "Seconds by which the issuer's clock may differ from ours.",
        default=0.0,
        minimum=0,
        maximum=300,
    )
    jwks_max_age: float = setting(
        "Seconds after which fetched keys are fetched again: how long a retired key may live on.",
        default=300.0,
        minimum=1,
        maximum=86_400,
    )
    jwks_refresh_floor: float = setting(
        "Seconds between two fetches at least, however many tokens name an unknown key.",
        default=10.0,
        minimum=1,
        maximum=3600,
    )
    cache_size: int = setting(
        "How many tokens that were found good are remembered.",
        default=10_000,
        minimum=1,
        maximum=10_000_000,
    )


def token_verifier(settings: AuthSettings, data: Path | None, clock: Clock) -> TokenVerifier | None:
    """What checks tokens by ``settings``, with the secret of the folder ``data`` as the fallback.

    None where no key is configured and the folder has no secret. Nothing is fetched before the
    first token. Raises ``ConfigurationError`` that names the setting and the mend.
    """
    name = _source_name(settings)
    _check_values(settings)
    if name is None:
        secret = None if data is None else read_secret(data)
        if secret is None:
            return None
        source: KeySource = _fixed(secret_key(secret))
    else:
        source = _source(name, settings, clock)
    return TokenVerifier(
        source,
        clock,
        rules=ClaimRules(settings.issuer, settings.audience, settings.leeway),
        algorithms=_algorithms(settings, source, name),
        cache_size=settings.cache_size,
    )


def _source_name(settings: AuthSettings) -> str | None:
    """The one setting that says where the keys are, None where there is none."""
    given = [name for name in SOURCES if getattr(settings, name) not in (None, False)]
    if len(given) > 1:
        raise ConfigurationError(
            f"auth.{given[1]}: keys come from one source, and auth.{given[0]} is set too; "
            "remove one of the two"
        )
    for name in ("issuer", "audience"):
        if not given and getattr(settings, name) is not None:
            raise ConfigurationError(
                f"auth.{name}: says whose tokens are accepted, but no keys are given to check them "
                f"with; set one of auth.{', auth.'.join(SOURCES)}"
            )
    return given[0] if given else None


def _check_values(settings: AuthSettings) -> None:
    for each in fields(settings):
        if getattr(settings, each.name) == "":
            raise ConfigurationError(f"auth.{each.name}: is empty; give a value or leave it out")
    for algorithm in settings.algorithms:
        if algorithm not in ALGORITHMS:
            raise ConfigurationError(
                f"auth.algorithms: {algorithm!r} is not allowed; allowed are {_listed(ALGORITHMS)}"
            )
    if settings.jwks_refresh_floor > settings.jwks_max_age:
        raise ConfigurationError(
            f"auth.jwks_refresh_floor: {settings.jwks_refresh_floor:g} s is more than "
            f"auth.jwks_max_age, {settings.jwks_max_age:g} s"
        )
    if settings.discovery and settings.issuer is None:
        raise ConfigurationError("auth.discovery: needs the issuer's URL under auth.issuer")
    for name in ("jwks_url", *(["issuer"] if settings.discovery else [])):
        value = getattr(settings, name)
        if value is not None and (fault := url_fault(value)):
            raise ConfigurationError(f"auth.{name}: {fault}")


def _source(name: str, settings: AuthSettings, clock: Clock) -> KeySource:
    value = getattr(settings, name)
    try:
        match name:
            case "secret":
                return _fixed(secret_key(value.encode()))
            case "secret_file":
                return _fixed(secret_key(_secret(Path(value))))
            case "public_key_file":
                return FixedKeys(pem_keys(_content(Path(value)).decode("ascii", "replace")))
            case "jwks_file":
                return _followed(JwksFile(Path(value)), clock)
    except OSError as error:
        raise ConfigurationError(f"auth.{name}: {value}: {error.strerror}") from error
    except ValueError as error:
        place = "" if name == "secret" else f"{value}: "
        raise ConfigurationError(f"auth.{name}: {place}{error}") from error
    return RefreshedKeys(
        JwksUrl(value) if name == "jwks_url" else IssuerKeys(str(settings.issuer)),
        clock,
        max_age=settings.jwks_max_age,
        floor=settings.jwks_refresh_floor,
    )


def _followed(file: JwksFile, clock: Clock) -> RefreshedKeys:
    return RefreshedKeys(file, clock, max_age=FILE_AGE, floor=FILE_AGE, initial=file.read())


def _algorithms(settings: AuthSettings, source: KeySource, name: str | None) -> frozenset[str]:
    """What is allowed: the algorithms that fit the source, or those of them that are configured."""
    if isinstance(source, FixedKeys):
        fitting = frozenset().union(*(key.algorithms for key in source.current.keys))
    else:
        fitting = ALGORITHMS if name == "jwks_file" else ASYMMETRIC
    for algorithm in settings.algorithms:
        if algorithm not in fitting:
            keys = f"auth.{name}" if name else f"the data folder's secret ({NAME})"
            raise ConfigurationError(
                f"auth.algorithms: {algorithm} fits no key of {keys}; "
                f"those that fit are {_listed(fitting)}"
            )
    return frozenset(settings.algorithms) or fitting


def _fixed(key: Key) -> FixedKeys:
    return FixedKeys(KeySet((key,)))


def _secret(path: Path) -> bytes:
    # Only a warning: containers mount secrets that way, and are their only user.
    if path.stat().st_mode & stat.S_IROTH:
        log.warning("auth.secret_file: every user of this machine may read %s", path)
    return _content(path).rstrip(b"\r\n")


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_KEY_FILE + 1)
    if len(content) > MAX_KEY_FILE:
        raise ValueError(f"this is no key: it has more than {MAX_KEY_FILE} bytes")
    return content


def _listed(names: frozenset[str]) -> str:
    return " ".join(sorted(names))
