"""Loads a file's rows in windows and batches: the next window is read while one is written."""

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
"""Rows in one transaction."""
WINDOW = 100_000
"""Rows that are sorted before they are written."""


@dataclass(frozen=True, slots=True)
class Sink(Generic[T]):
    """What is done with a batch of rows."""

    put: Callable[[Sequence[T]], Awaitable[Sequence[T]]]
    """Puts a batch and returns the rows that are new."""
    announce: Callable[[Sequence[T]], Awaitable[None]] | None = None
    """Announces the new rows, while the next batch is already being put."""


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """A part of a file, as the values of its rows; empty at the end of the file."""

    rows: Sequence[T]
    end: int
    """Roughly how many bytes of the file have been read by the end of the window."""


class RowReader(Generic[T]):
    """Reads a file's rows by its layout, and notes in a report which rows it refuses."""

    def __init__(
        self,
        source: Source,
        layouts: Sequence[Layout[T]],
        report: Report,
        remark: Callable[[T, int], str | None] = lambda value, number: None,
    ) -> None:
        """Find the layout; raises ``ConfigurationError`` if none fits.

        ``remark`` gives the warning about a row that goes in, if any, from its value and number.
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
        """The titles that the whole file names, if its layout knows films by title."""
        found: set[str] = set()
        if self._titles is not None:
            for row in self._rows(Report()):
                found.update(self._titles(row))
            self._table = Table(self._source, self._header.fits, self._is_row)
        return found

    def next_window(self, order: Callable[[T], Any]) -> Window[T]:
        """The next rows, at most ``WINDOW`` of them, sorted by ``order``."""
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
        """Whether one line of several reads as a row by itself, even if its film is not known."""
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
        """Rows at least as wide as the header; cells missing at the end are empty, if allowed."""
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
    """Announces a batch while the next one is put: one at a time, in order."""

    def __init__(self, sink: Sink[T]) -> None:
        self._sink = sink
        self._announcing: asyncio.Future[None] | None = None

    async def take(self, batch: Sequence[T]) -> None:
        """Put ``batch`` and begin to announce it; raises ``StoreError`` for any batch so far."""
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


def batches(rows: Sequence[T], order: Callable[[T], Any]) -> Iterator[tuple[Sequence[T], int]]:
    """The rows in batches, each with the number of rows up to its end.

    Rows with the same key are in one batch: a dry run compares each batch with the store alone.
    """
    start = 0
    while start < len(rows):
        end = min(start + BATCH, len(rows))
        while end < len(rows) and order(rows[end]) == order(rows[end - 1]):
            end += 1
        yield rows[start:end], end
        start = end


async def load(
    reading: RowReader[T],
    sink: Sink[T],
    order: Callable[[T], Any],
    report: Report,
    progress: Callable[[int], None],
) -> None:
    """Load the whole file; if a store fails, the import is broken off and the report says why.

    ``progress`` is told how many bytes of the file are done.

    Within a window, rows are written in the order of the store's keys: neighbours share pages, so
    a file in random order costs little more than a sorted one.
    """
    steps = Steps(sink)
    done, window = 0, await asyncio.to_thread(reading.next_window, order)
    while window.rows:
        following = asyncio.create_task(asyncio.to_thread(reading.next_window, order))
        try:
            for batch, taken in batches(window.rows, order):
                await steps.take(batch)
                progress(done + int((window.end - done) * taken / len(window.rows)))
            await steps.finish()
        except StoreError as error:
            report.broken_off = str(error)
            await following
            return
        done, window = window.end, await following
