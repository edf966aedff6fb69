"""The interface of a job: a step of work that is repeated until the server stops."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from movieserver.services import Services
from movieserver.settings import NoOptions


class Job(ABC):
    """A background task of a profile. The runner provides its loop, its back-off and its end.

    A subclass is registered under a short name in the entry point group ``movieserver.jobs``,
    or named by a dotted path in the profile.
    """

    needs: ClassVar[frozenset[str]] = frozenset()
    """The stores that the profile must list, out of ``movies``, ``rates`` and ``events``."""
    fills: ClassVar[frozenset[str]] = frozenset()
    """The memory that the job keeps fresh: ``nominees``, ``top10``, ``weighted``, ``movies``, or
    another name, under which ``services.memory`` then has a snapshot."""
    Options: ClassVar[type[Any]] = NoOptions
    """A frozen dataclass of ``setting`` fields: the keys allowed under the job in a profile."""

    def __init__(self, services: Services, options: Any) -> None:
        self.services = services
        self.options = options

    @abstractmethod
    async def step(self) -> bool:
        """Do the work at hand; return whether there may be more right away.

        May be called again after any error. On ``StoreError`` the runner waits and retries.
        """

    @abstractmethod
    async def wait(self) -> None:
        """Return when the next step may find something to do. Cancelled when the server stops."""

    async def finish(self) -> None:
        """Leave things in order; called once, after the last step, while the stores are open."""
