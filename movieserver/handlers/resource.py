"""What a handler plugin is: a resource with its routes, its needs and its options."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tornado.routing import Rule

from movieserver.handlers.failures import Failures
from movieserver.handlers.limiter import Limiter
from movieserver.handlers.observation import Observers
from movieserver.services import Services
from movieserver.settings import NoOptions

Access = Literal["public", "token"]
"""Who may call: anybody, or the user of a valid bearer token."""


@dataclass(frozen=True)
class Mount:
    """Under which terms a profile serves a resource."""

    services: Services
    access: Access
    options: Any
    mounted: "tuple[Mounted, ...]" = ()
    """All that the profile mounts, this resource included."""
    observers: Observers = field(default_factory=Observers)
    """Who has to see what is answered without a request handler."""
    limiter: Limiter | None = None
    """What counts the requests, where the profile sets a limit."""
    failures: Failures = field(default_factory=Failures)
    """What tells of requests that a store did not answer."""


@dataclass(frozen=True)
class Resource:
    """One resource of the HTTP interface.

    An instance is registered under a short name in the entry point group
    ``movieserver.handlers``, or named by a dotted path in the profile.
    """

    name: str
    routes: Callable[[Mount], Sequence[Rule]]
    """Makes the Tornado rules, when the server is put together and when a profile is described."""
    needs: frozenset[str] = frozenset()
    """The stores that the profile has to list: of ``movies``, ``rates``, ``events``."""
    reads: frozenset[str] = frozenset()
    """The memory that some job of the profile has to fill, by the names of ``Job.fills``."""
    access: frozenset[Access] = frozenset({"public", "token"})
    """The access rules that make sense; a resource of a user's own things allows ``token`` only."""
    options: type[Any] = NoOptions
    """A frozen dataclass of ``setting`` fields: the keys allowed beside ``access`` in a profile."""
    description: Path | None = None
    """A YAML or JSON file with OpenAPI 3.1 ``paths`` and ``components``, for /openapi.json."""


@dataclass(frozen=True)
class Mounted:
    """A resource as a profile serves it."""

    resource: Resource
    access: Access
    limited: bool = False
