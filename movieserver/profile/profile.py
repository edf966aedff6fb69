"""The frozen profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from movieserver.places import Place
from movieserver.profile.sections import CorsSettings, HttpSettings, LogSettings
from movieserver.profile.uses import HandlerUse, JobUse, StoreUse
from movieserver.tokens import AuthSettings
from movieserver.topic import TopicSettings
from movieserver.tracing import TracingSettings


@dataclass(frozen=True)
class Profile:
    """What one process runs; every value has been checked."""

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
    auth_places: Mapping[str, Place]
    """Where its settings stand: what they name is read later, and may be at fault."""
    http: HttpSettings
    cors: CorsSettings
    log: LogSettings
    tracing: TracingSettings
