"""The processes that share a port: whichever is asked for metrics gives those of all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

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

    async def merged(self, own: bytes) -> bytes:
        """The metrics of all processes, each sample with the label ``process``."""
        paths = self._others()
        told = await asyncio.gather(*map(ask, paths))
        texts = {path.name: text for path, text in zip(paths, told, strict=True)}
        return await asyncio.to_thread(merged, {self._number: own, **texts})

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


def merged(texts: Mapping[str, bytes]) -> bytes:
    """Merge the texts of several processes, given by the processes' numbers."""
    registry = CollectorRegistry()
    registry.register(MergedCollector(texts))
    return generate_latest(registry)


class MergedCollector(Collector):
    """The metrics of several processes, told apart by the label ``process``."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for number, text in self._texts.items():
            for found in _families(text):
                family = families.setdefault(
                    found.name, Metric(found.name, found.documentation, found.type)
                )
                for sample in found.samples:
                    family.add_sample(
                        sample.name, {**sample.labels, "process": number}, sample.value
                    )
        yield from families.values()


def _families(text: bytes) -> list[Metric]:
    """The metrics in a text; none if it was cut off, as by the end of its process."""
    try:
        return list(text_string_to_metric_families(text.decode()))
    except ValueError:
        return []
