"""A file's rows in batches: the next one is read while the one before is written."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar

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

    def next_batch(self) -> list[T]:
        """At most ``BATCH`` rows as what they mean; none at the end of the file."""
        batch: list[T] = []
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
            batch.append(value)
            if len(batch) == BATCH:
                break
        return batch

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
    report: Report,
    progress: Callable[[], None],
) -> None:
    """Hand each batch to ``put``; a store that fails breaks the import off, as the report says."""
    batch = await asyncio.to_thread(reading.next_batch)
    while batch:
        following = asyncio.create_task(asyncio.to_thread(reading.next_batch))
        try:
            await put(batch)
        except StoreError as error:
            report.broken_off = str(error)
            await following
            return
        progress()
        batch = await following
