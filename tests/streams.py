"""A client of a server's event streams."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.processes import PATIENCE, Process

Event = dict[str, str]
"""Fields of one event by name."""
PATH = "/movies/top10/stream"


class Stream:
    """An open stream, as a context."""

    def __init__(self, server: Process, known: str | None = None) -> None:
        headers = {} if known is None else {"Last-Event-ID": known}
        self.response = requests.get(
            server.url + PATH, headers=headers, stream=True, timeout=PATIENCE
        )
        self.blocks = self._blocks()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.response.close()

    def event(self) -> Event:
        """The next event that says the ten, beats and settings passed over."""
        return next(block for block in self.blocks if block.get("event") == "top10")

    def _blocks(self) -> Iterator[Event]:
        block: Event = {}
        for line in self.response.iter_lines(chunk_size=1, decode_unicode=True):
            if line:
                name, _, value = line.partition(":")
                block[name] = value.removeprefix(" ")
            elif block:
                yield block
                block = {}


def told(server: Process, name: str) -> float:
    """A metric without labels, or with one value of them."""
    families = text_string_to_metric_families(server.get("/metrics").text)
    (value,) = (s.value for family in families for s in family.samples if s.name == name)
    return value


def listeners(server: Process) -> float:
    """How many listen to the stream."""
    return told(server, "movieserver_stream_listeners")
