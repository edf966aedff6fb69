"""What every store has in common."""

from abc import ABC, abstractmethod
from pathlib import Path


class Store(ABC):
    """A connection to one engine, used from one event loop.

    Every coroutine of a store answers or raises within the time limit of its backend; none blocks
    the loop. The limit does not hold for ``migrate``, nor for a write that has begun on an embedded
    engine. A write of very many rows is given more time, and a call that goes through all rates of
    a user has the limit for each page. A scan may wait some minutes for an engine that goes away.
    Errors are ``StoreUnavailable`` (may work later) and ``StoreRefused`` (will not work until
    somebody mends it), with the driver's error as their cause.
    """

    @abstractmethod
    async def open(self) -> None:
        """Connect, and on an embedded engine prepare the schema.

        Raises ``StoreUnavailable`` if trying again makes sense (``open`` may then be called again),
        ``StoreRefused`` if it does not.
        """

    def missing_file(self) -> Path | None:
        """The file that ``open`` would create because it does not exist yet.

        None if it exists, and for an engine that is a server of its own.
        """
        return None

    async def migrate(self) -> list[str]:
        """Create the schema, or bring it up to date, for a store that is not open.

        Returns what was done or found to be up to date, a line each; an empty list if ``open``
        prepares the schema. Safe when several processes do it at once.
        """
        return []

    @abstractmethod
    async def close(self) -> None:
        """Finish what was accepted and disconnect. Closing twice, or unopened, does nothing.

        Raises nothing, and gives up what does not end in time.
        """

    @abstractmethod
    async def ping(self) -> None:
        """Return if the engine answers; raise ``StoreError`` if not."""
