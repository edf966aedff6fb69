"""What the stores on SQLite have in common: a schema of their own, in a file they may share."""

from pathlib import Path
from typing import Any, ClassVar

from movieserver.backends.sqlite.database import Database
from movieserver.backends.store import Store


class SqliteStore(Store):
    """A store in one SQLite file."""

    schema: ClassVar[str]
    """The statements that create its tables if they are missing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open = False

    def missing_file(self) -> Path | None:
        return self._database.missing_file()

    async def open(self) -> None:
        if not self._open:
            await self._database.open(self.schema)
            self._open = True

    async def close(self) -> None:
        if self._open:
            self._open = False
            await self._database.close()

    async def ping(self) -> None:
        await self._database.ping()

    async def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows that ``query`` selects."""
        return await self._database.read(
            lambda connection: connection.execute(query, values).fetchall()
        )
