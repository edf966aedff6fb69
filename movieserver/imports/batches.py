"""A file's rows in windows and batches: the next window is read while one is written."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from movieserver.errors import StoreError
from movieserver.imports.csv_rows import Row
from movieserver.imports.layout import Header, Layout, choose
from movieserver.imports.refusals import NoFilm, RowRefused
from movieserver.imports.report import Report
from movieserver.imports.source import Source, SourceChanged
from movieserver.imports.table import Table

T = TypeVar("T")

BATCH = 5000
"""Rows of one transaction."""
WINDOW = 100_000
"""Rows that are put in order before they are written."""


@dataclass(frozen=True, slots=True)
class Sink(Generic[T]):
    """What becomes of a batch of rows."""

    put: Callable[[Sequence[T]], Awaitable[Sequence[T]]]
    """Puts a batch and returns what of it is new."""
    announce: Callable[[Sequence[T]], Awaitable[None]] | None = None
    """Says so, while the next batch is put already."""


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """A part of a file as what its rows mean; empty at the end of the file."""

    rows: Sequence[T]
    end: int
    """Bytes of the file up to its end, roughly."""


class RowReader(Generic[T]):
    """Reads a file by its layout and notes in a report what it refuses."""

    def __init__(
        self,
        source: Source,
        layouts: Sequence[Layout[T]],
        report: Report,
        remark: Callable[[T, int], str | None] = lambda value, number: None,
    ) -> None:
        """Find the layout; raises ``ConfigurationError`` where none fits.

        ``remark`` is what to say of a row that goes in, by its number.
        """
        self._source = source
        self._report = report
        self._remark = remark
        header = self._header = Header(Table(source).header)
        self.layout = choose(layouts, header, source.path)
        self._read = self.layout.reader(header)
        whole = self.layout.columns if self.layout.whole else ()
        self._needed = max((header.place(name) + 1 for name in whole), default=0)
        self._titles = self.layout.titles(header) if self.layout.titles else None
        self._table = Table(source, header.fits, self._is_row)

    def titles(self) -> set[str]:
        """The titles that the whole file names, where its layout goes by titles."""
        found: set[str] = set()
        if self._titles is not None:
            for row in self._rows(Report()):
                found.update(self._titles(row))
            self._table = Table(self._source, self._header.fits, self._is_row)
        return found

    def next_window(self, order: Callable[[T], Any]) -> Window[T]:
        """At most ``WINDOW`` rows, in order."""
        window: list[T] = []
        width = len(self._table.header)
        for row in self._rows(self._report):
            try:
                value = self._read(row)
                if value is not None and len(row) > width and any(row[width:]):
                    raise RowRefused(f"{len(row)} cells under {width} columns")
            except RowRefused as error:
                self._report.refuse(self._table.refused(error, row))
                continue
            if value is None:
                self._report.skipped += 1
                continue
            if remark := self._remark(value, self._table.number):
                self._report.remark(remark)
            window.append(value)
            if len(window) == WINDOW:
                break
        return Window(sorted(window, key=order), self._source.position)

    def _is_row(self, row: Row) -> bool:
        """Whether one of several lines reads as a row by itself, whatever film it is of."""
        width = len(self._header.names)
        if not (self._needed or width) <= len(row) <= width:
            return False
        try:
            return self._read(_filled(row, width)) is not None
        except NoFilm:
            return True
        except RowRefused:
            return False

    def _rows(self, report: Report) -> Iterator[Row]:
        """Rows as wide as the header; absent cells at the end are empty where they may be."""
        width = len(self._table.header)
        while True:
            try:
                row = next(self._table)
                if len(row) < self._needed:
                    error = RowRefused(f"{len(row)} cells under {width} columns")
                    raise self._table.refused(error, row)
            except StopIteration:
                return
            except RowRefused as error:
                report.refuse(error)
            except SourceChanged as error:
                report.broken_off = str(error)
                return
            else:
                yield _filled(row, width)


def _filled(row: Row, width: int) -> Row:
    return row if len(row) >= width else [*row, *[""] * (width - len(row))]


class Steps(Generic[T]):
    """Announces a batch while the next one is put: one at a time, in their order."""

    def __init__(self, sink: Sink[T]) -> None:
        self._sink = sink
        self._announcing: asyncio.Future[None] | None = None

    async def take(self, batch: Sequence[T]) -> None:
        """Put ``batch`` and begin to announce it. Raises ``StoreError`` of any batch so far."""
        try:
            new = await self._sink.put(batch)
        finally:
            await self.finish()
        if self._sink.announce is not None and new:
            self._announcing = asyncio.ensure_future(self._sink.announce(new))

    async def finish(self) -> None:
        """Wait until everything is announced."""
        announcing, self._announcing = self._announcing, None
        if announcing is not None:
            await announcing


async def load(
    reading: RowReader[T],
    sink: Sink[T],
    order: Callable[[T], Any],
    report: Report,
    progress: Callable[[int], None],
) -> None:
    """Load the whole file; a store that fails breaks the import off, as the report says.

    ``progress`` is told how many bytes of the file are done with.

    Within a window rows are written in the order of the store's keys: neighbours share pages,
    and a file in random order costs little more than one that is sorted.
    """
    steps = Steps(sink)
    done, window = 0, await asyncio.to_thread(reading.next_window, order)
    while window.rows:
        following = asyncio.create_task(asyncio.to_thread(reading.next_window, order))
        try:
            for start in range(0, len(window.rows), BATCH):
                batch = window.rows[start : start + BATCH]
                await steps.take(batch)
                part = (start + len(batch)) / len(window.rows)
                progress(done + int((window.end - done) * part))
            await steps.finish()
        except StoreError as error:
            report.broken_off = str(error)
            await following
            return
        done, window = window.end, await following
