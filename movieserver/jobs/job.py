"""What a job is: a step of work that is done again and again until the server stops."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from movieserver.services import Services
from movieserver.settings import NoOptions


class Job(ABC):
    """A background task of a profile. Its loop, its back-off and its end are the runner's.

    A subclass is registered under a short name in the entry point group ``movieserver.jobs``,
    or named by a dotted path in the profile.
    """

    needs: ClassVar[frozenset[str]] = frozenset()
    """The stores that the profile has to list: of ``movies``, ``rates``, ``events``."""
    fills: ClassVar[frozenset[str]] = frozenset()
    """The memory that the job keeps fresh: of ``nominees``, ``top10``, ``weighted``, ``movies``."""
    Options: ClassVar[type[Any]] = NoOptions
    """A frozen dataclass of ``setting`` fields: the keys allowed under the job in a profile."""

    def __init__(self, services: Services, options: Any) -> None:
        self.services = services
        self.options = options

    @abstractmethod
    async def step(self) -> bool:
        """Do what there is to do; return whether there may be more at once.

        May be called again after any error. ``StoreError`` makes the runner wait and retry.
        """

    @abstractmethod
    async def wait(self) -> None:
        """Return when a next step may find something to do. Cancelled when the server stops."""

    async def finish(self) -> None:
        """Leave things in order; called once, after the last step, while the stores are open."""
