"""What a profile would run, described for people."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from movieserver.announcements import Announcements
from movieserver.clock import SystemClock
from movieserver.composition.keys import profile_verifier
from movieserver.composition.routes import make_routes, patterns
from movieserver.composition.wiring import make_jobs, make_memory, make_stores
from movieserver.handlers.observation import Observers, template
from movieserver.places import Mistakes
from movieserver.process.lifecycle import Lifecycle
from movieserver.profile.profile import Profile
from movieserver.services import Services
from movieserver.tokens.secret import NAME as SECRET
from movieserver.urls import Host, hide_password

SETTINGS = ("events", "auth", "http", "cors", "log", "tracing")
"""The sections that contain only settings."""


def describe(profile: Profile) -> str:
    """What would run, in lines for people, without secrets.

    Raises ``ConfigurationError`` with everything that a start would refuse before opening a store.
    """
    keys, handlers = _checked(profile)
    processes = "1 process" if profile.processes == 1 else f"{profile.processes} processes"
    head = [
        ("profile", f"{profile.name}, from {profile.path}"),
        ("listen", f"{Host(profile.host, profile.port)}, {processes}"),
        ("data", str(profile.data)),
        ("keys", keys),
    ]
    sections: dict[str, Iterable[tuple[str, ...]]] = {
        "stores": _stores(profile),
        "handlers": handlers,
        "jobs": ((use.name, _shown(use.options)) for use in profile.jobs),
        "other settings": _settings(profile),
    }
    lines = _columns(head)
    for title, rows in sections.items():
        lines += [title, *(f"  {line}" for line in _columns(list(rows)))]
    return "\n".join(lines)


def _checked(profile: Profile) -> tuple[str, list[tuple[str, ...]]]:
    """What to say of keys and handlers; mistakes in both, and in jobs, are reported together."""
    services = _services(profile)
    mistakes = Mistakes()
    keys, handlers = "", list[tuple[str, ...]]()
    with mistakes.collected():
        keys = _keys(profile)
    with mistakes.collected():
        handlers += _handlers(profile, services)
    with mistakes.collected():
        make_jobs(profile, services)
    mistakes.check()
    return keys, handlers


def _keys(profile: Profile) -> str:
    """Where the keys that check tokens come from; raises if they cannot be used."""
    verifier = profile_verifier(profile, SystemClock(), makes_secret=False)
    if all(use.access == "public" for use in profile.handlers):
        return "none needed: every handler is public"
    if source := profile.auth.source:
        return f"auth.{source}"
    secret = profile.data / SECRET
    return f"the secret {secret}" + (", made at the first start" if verifier is None else "")


def _stores(profile: Profile) -> Iterator[tuple[str, ...]]:
    for use in profile.stores.values():
        yield use.role, hide_password(use.url), f"must answer within {use.timeout:g} s"


def _handlers(profile: Profile, services: Services) -> Iterator[tuple[str, ...]]:
    """Each handler with its access rule, its paths, its limit and its options."""
    for use, rules in make_routes(profile, services, Observers()):
        paths = map(template, patterns(rules))
        limit = [f"limit {use.limit.requests} in {use.limit.seconds:g} s"] if use.limit else []
        yield use.name, use.access, "  ".join([*paths, *limit, _shown(use.options)])


def _services(profile: Profile) -> Services:
    """What handlers and jobs are made with; none of it is open."""
    clock = SystemClock()
    stores, memory = make_stores(profile, clock), make_memory(profile, clock)
    return Services(stores, memory, Announcements(), Lifecycle())


def _settings(profile: Profile) -> Iterator[tuple[str, ...]]:
    for name in SETTINGS:
        if settings := getattr(profile, name):
            yield name, _shown(settings)


def _shown(settings: Any) -> str:
    """The settings of a dataclass, except those that are not set."""
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
            return hide_password(str(value))


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A line for each row, with the cells aligned in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
