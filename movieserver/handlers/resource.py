"""The interface of a handler plugin: a resource with its routes, its needs and its options."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from tornado.routing import Rule

from movieserver.handlers.failures import Failures
from movieserver.handlers.limiter import Limiter
from movieserver.handlers.observation import Observers
from movieserver.services import Services
from movieserver.settings import NoOptions

Access = Literal["public", "token"]
"""Who may call: anybody, or only the user of a valid bearer token."""
ACCESS: tuple[Access, ...] = get_args(Access)
"""The access rules that there are."""


@dataclass(frozen=True)
class Mount:
    """The terms on which a profile serves a resource."""

    services: Services
    access: Access
    options: Any
    mounted: "tuple[Mounted, ...]" = ()
    """Everything that the profile mounts, including this resource."""
    observers: Observers = field(default_factory=Observers)
    """To be notified of every request that is answered without a request handler."""
    limiter: Limiter | None = None
    """Counts the requests; None if the profile sets no limit."""
    failures: Failures = field(default_factory=Failures)
    """Logs the requests that a store did not answer."""


@dataclass(frozen=True)
class Resource:
    """One resource of the HTTP interface.

    An instance is registered under a short name in the entry point group
    ``movieserver.handlers``, or named by a dotted path in the profile.
    """

    name: str
    routes: Callable[[Mount], Sequence[Rule]]
    """Makes the Tornado rules; called when the server is built and when a profile is described."""
    needs: frozenset[str] = frozenset()
    """The stores that the profile must list, out of ``movies``, ``rates`` and ``events``."""
    reads: frozenset[str] = frozenset()
    """The parts of the memory that jobs of the profile must fill, named as in ``Job.fills``."""
    access: frozenset[Access] = frozenset(ACCESS)
    """The access rules that make sense; a resource with a user's own data allows only ``token``."""
    options: type[Any] = NoOptions
    """A frozen dataclass of ``setting`` fields: the keys besides ``access`` and ``limit``."""
    description: Path | None = None
    """A YAML or JSON file with OpenAPI 3.1 ``paths`` and ``components``, for /openapi.json."""


@dataclass(frozen=True)
class Mounted:
    """A resource as a profile serves it."""

    resource: Resource
    access: Access
    limited: bool = False
