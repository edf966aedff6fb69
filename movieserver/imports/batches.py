"""A file's rows in windows and batches: the next window is read while one is written."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from movieserver.errors import StoreError
from movieserver.imports.json_items import JsonBroken
from movieserver.imports.layout import Header, Layout, choose
from movieserver.imports.refusals import RowRefused
from movieserver.imports.report import Report
from movieserver.imports.source import Source, SourceChanged
from movieserver.imports.table import Row, Table

T = TypeVar("T")
Put = Callable[[Sequence[T]], Awaitable[None]]

BATCH = 5000
"""Rows of one transaction."""
WINDOW = 100_000
"""Rows that are put in order before they are written."""


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """A part of a file as what its rows mean; empty at the end of the file."""

    rows: Sequence[T]
    end: int
    """Bytes of the file up to its end, roughly."""


class Reading(Generic[T]):
    """Reads a file by its layout and notes in a report what it refuses."""

    def __init__(self, source: Source, layouts: Sequence[Layout[T]], report: Report) -> None:
        """Find the layout; raises ``ConfigurationError`` where none fits."""
        self._source = source
        self._report = report
        self._table = Table(source)
        header = Header(self._table.header)
        self.layout = choose(layouts, header, source.path)
        self._read = self.layout.reader(header)
        self._titles = self.layout.titles(header) if self.layout.titles else None

    def titles(self) -> set[str]:
        """The titles that the whole file names, where its layout goes by titles."""
        found: set[str] = set()
        if self._titles is not None:
            for row in self._rows(Report()):
                found.update(self._titles(row))
            self._table = Table(self._source)
        return found

    def next_window(self, order: Callable[[T], Any]) -> Window[T]:
        """At most ``WINDOW`` rows, in order."""
        window: list[T] = []
        for row in self._rows(self._report):
            try:
                value = self._read(row)
                if value is not None and any(row[len(self._table.header) :]):
                    raise RowRefused(f"{len(row)} cells under {len(self._table.header)} columns")
            except RowRefused as error:
                self._report.refuse(self._table.refused(error, row))
                continue
            if value is None:
                self._report.skipped += 1
                continue
            window.append(value)
            if len(window) == WINDOW:
                break
        return Window(sorted(window, key=order), self._source.position)

    def _rows(self, report: Report) -> Iterator[Row]:
        width = len(self._table.header)
        while True:
            try:
                row = next(self._table)
            except StopIteration:
                return
            except RowRefused as error:
                report.refuse(error)
            except (SourceChanged, JsonBroken) as error:
                report.broken_off = str(error)
                return
            else:
                yield row if len(row) >= width else [*row, *[""] * (width - len(row))]


async def load(
    reading: Reading[T],
    put: Put[T],
    order: Callable[[T], Any],
    report: Report,
    progress: Callable[[int], None],
) -> None:
    """Hand batches to ``put``; a store that fails breaks the import off, as the report says.

    ``progress`` is told how many bytes of the file are done with.

    Within a window rows are written in the order of the store's keys: neighbours share pages,
    and a file in random order costs little more than one that is sorted.
    """
    done, window = 0, await asyncio.to_thread(reading.next_window, order)
    while window.rows:
        following = asyncio.create_task(asyncio.to_thread(reading.next_window, order))
        try:
            for start in range(0, len(window.rows), BATCH):
                batch = window.rows[start : start + BATCH]
                await put(batch)
                part = (start + len(batch)) / len(window.rows)
                progress(done + int((window.end - done) * part))
        except StoreError as error:
            report.broken_off = str(error)
            await following
            return
        done, window = window.end, await following
