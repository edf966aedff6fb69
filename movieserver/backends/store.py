"""What every store has in common."""

from abc import ABC, abstractmethod
from pathlib import Path


class Store(ABC):
    """A connection to one engine, used from one event loop.

    Every coroutine of a store answers within the time limit of its backend or raises, but for
    ``migrate``, a write that has begun on an embedded engine, one of so many rows that it is
    given more, and what goes through all rates of a user, which has it for each page; none blocks
    the loop. Errors are ``StoreUnavailable`` (may work later) and
    ``StoreRefused`` (will not work until somebody mends it), with the driver's error as their
    cause.
    """

    @abstractmethod
    async def open(self) -> None:
        """Connect, and prepare the schema where the engine is embedded.

        Raises ``StoreUnavailable`` where trying again makes sense (``open`` may then be called
        again), ``StoreRefused`` where it does not.
        """

    def missing_file(self) -> Path | None:
        """The file that ``open`` would make because it is not there yet.

        None where it is there, and for an engine that is a server of its own.
        """
        return None

    async def migrate(self) -> list[str]:
        """Make the schema, or bring it up to date, for a store that is not open.

        Returns what was done or found to be up to date, a line each: nothing where ``open``
        prepares the schema. Safe when several processes do it at once.
        """
        return []

    @abstractmethod
    async def close(self) -> None:
        """Finish what was accepted and disconnect. Closing twice, or unopened, does nothing.

        Raises nothing: what does not come to an end in time is left alone.
        """

    @abstractmethod
    async def ping(self) -> None:
        """Return if the engine answers; raise ``StoreError`` if not."""
