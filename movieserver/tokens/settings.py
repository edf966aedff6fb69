"""What a profile says of tokens under ``auth``; every contradiction in it is refused."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from movieserver.settings import UnfitValue, setting
from movieserver.texts import CONTROL
from movieserver.tokens.algorithms import ALGORITHMS

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


def url_fault(url: str) -> str | None:
    """Why ``url`` cannot be fetched, or None if it can."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        return "is not an http or https URL"
    if "@" in parts.netloc:
        return "contains a user or a password"
    return None
