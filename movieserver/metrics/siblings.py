"""The processes that share a port: whichever is asked for metrics gives those of all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

PATIENCE = 1.0
"""Seconds that a process has to give its metrics; one that is late is left out of the scrape."""

log = logging.getLogger(__name__)

Tell = Callable[[], Awaitable[bytes]]
"""Returns the metrics of a process in the text format of Prometheus."""


class Siblings:
    """One of several processes; each has a socket in a folder that they share."""

    def __init__(self, folder: Path, number: str) -> None:
        """Take the folder, and the number of this process among the others."""
        self._folder = folder
        self._number = number
        self._tell: Tell | None = None
        self._server: asyncio.Server | None = None

    def answer_with(self, tell: Tell) -> None:
        """Answer the other processes with what ``tell`` returns."""
        self._tell = tell

    async def open(self) -> None:
        """Start to answer the other processes."""
        path = self._folder / self._number
        path.unlink(missing_ok=True)  # left by a process that was killed
        try:
            self._server = await asyncio.start_unix_server(self._answer, path)
        except OSError as error:
            log.warning("other processes' scrapes will miss this one: %s: %s", path, error)

    async def close(self) -> None:
        """Stop answering the other processes."""
        if self._server is not None:
            self._server.close()
            (self._folder / self._number).unlink(missing_ok=True)

    async def texts(self, own: bytes) -> dict[str, bytes]:
        """The metrics of all processes, of which this one's are ``own``, by their numbers."""
        paths = self._others()
        told = await asyncio.gather(*map(ask, paths))
        return {self._number: own} | dict(zip((path.name for path in paths), told, strict=True))

    def _others(self) -> list[Path]:
        try:
            return [path for path in sorted(self._folder.iterdir()) if path.name != self._number]
        except OSError as error:  # somebody has cleared the folder for temporary files
            log.warning("a scrape misses the other processes: %s", error)
            return []

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._tell is not None:
                writer.write(await self._tell())
        finally:
            writer.close()


async def ask(path: Path) -> bytes:
    """What the process at a socket answers; empty if it does not."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                return await reader.read(-1)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""
