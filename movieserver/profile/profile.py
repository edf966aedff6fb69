"""The frozen profile, and its description for people."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tornado.routing import PathMatches

from movieserver.announcements import Announcements
from movieserver.backends import StoreContext
from movieserver.clock import SystemClock
from movieserver.errors import ConfigurationError
from movieserver.handlers import Mount
from movieserver.memory.memory import Memory
from movieserver.process.lifecycle import Lifecycle
from movieserver.profile.sections import CorsSettings, HttpSettings, LogSettings, TopicSettings
from movieserver.profile.uses import HandlerUse, JobUse, StoreUse
from movieserver.services import Services, Stores
from movieserver.tokens import AuthSettings, token_verifier
from movieserver.tokens.secret import NAME as SECRET
from movieserver.tracing import TracingSettings
from movieserver.urls import hide_password

PARTS = re.compile(r"\(.*?\)")
STORES = {"movies": "movie_store", "rates": "rate_store", "events": "event_log"}


@dataclass(frozen=True)
class Profile:
    """What one process runs; every value is checked."""

    name: str
    path: Path
    host: str
    port: int
    processes: int
    data: Path
    """The data folder, absolute; it may not exist yet."""
    shipped_data: bool
    make_secret: bool
    stores: Mapping[str, StoreUse]
    """By role."""
    handlers: tuple[HandlerUse, ...]
    jobs: tuple[JobUse, ...]
    events: TopicSettings
    auth: AuthSettings
    http: HttpSettings
    cors: CorsSettings
    log: LogSettings
    tracing: TracingSettings

    def describe(self) -> str:
        """What would run, in lines for people; no secrets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        processes = "1 process" if self.processes == 1 else f"{self.processes} processes"
        head = [
            ("profile", f"{self.name}, from {self.path}"),
            ("listen", f"{host}:{self.port}, {processes}"),
            ("data", str(self.data)),
            ("keys", self._keys()),
        ]
        sections: dict[str, Sequence[tuple[str, ...]]] = {
            "stores": [
                (use.role, hide_password(use.url), f"answers within {use.timeout:g} s")
                for use in self.stores.values()
            ],
            "handlers": list(self._routes()),
            "jobs": [(use.name, _shown(use.options)) for use in self.jobs],
            "other settings": [
                (name, _shown(settings))
                for name in ("events", "auth", "http", "cors", "log", "tracing")
                if (settings := getattr(self, name))
            ],
        }
        lines = _columns(head)
        for title, rows in sections.items():
            lines += [f"{title}", *(f"  {line}" for line in _columns(rows))]
        return "\n".join(lines)

    def _keys(self) -> str:
        """Where the keys come from that tokens are checked with, after a look at them."""
        if all(use.access == "public" for use in self.handlers):
            return "none needed: every handler is public"
        try:
            verifier = token_verifier(self.auth, self.data, SystemClock())
        except ConfigurationError as error:
            raise ConfigurationError(f"{self.path}: {error}") from error
        if source := self.auth.source:
            return f"auth.{source}"
        secret = self.data / SECRET
        if verifier is not None:
            return f"the secret {secret}"
        if self.make_secret:
            return f"the secret {secret}, made at the first start"
        return f"none yet, so it would not start: movieserver token makes the secret {secret}"

    def _routes(self) -> Iterator[tuple[str, str, str]]:
        """Each handler with its access rule and its paths."""
        context = StoreContext(data=self.data)
        stores: dict[str, Any] = {STORES[r]: use.make(context) for r, use in self.stores.items()}
        memory = Memory(SystemClock())
        services = Services(Stores(**stores), memory, Announcements(), Lifecycle())
        for use in self.handlers:
            rules = use.resource.routes(Mount(services, use.access, use.options))
            paths = [
                PARTS.sub("{}", rule.matcher.regex.pattern.removesuffix("$"))
                for rule in rules
                if isinstance(rule.matcher, PathMatches)
            ]
            yield use.name, use.access, "  ".join([*paths, _shown(use.options)])


def _shown(settings: Any) -> str:
    """The settings of a dataclass, those that are not set left out."""
    return ", ".join(
        f"{each.name} {'(not shown)' if each.metadata['hidden'] else _text(value)}"
        for each in fields(settings)
        if (value := getattr(settings, each.name)) not in (None, ())
    )


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case tuple():
            return " ".join(map(str, value))
        case _:
            return str(value)


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A line for each row, its cells below those of the row above."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
