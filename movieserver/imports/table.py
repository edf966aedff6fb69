"""The rows of a file, whether it is CSV or JSON."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress

from movieserver.errors import ConfigurationError
from movieserver.imports.json_items import JsonItems
from movieserver.imports.refusals import RowRefused
from movieserver.imports.source import Source

SEPARATORS = ",;\t"

Row = Sequence[str]
UNCLOSED = "a quote is never closed; all that follows it is left out"


class Lines:
    """A source's lines, and what is to know of those that make up the present record."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.begin()

    def begin(self) -> None:
        """A new record begins with the next line."""
        self.first = ""
        """The record's first line."""
        self.ended = False
        """Whether the file ended before the record did."""
        self._quoted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._source)
        except StopIteration:
            self.ended = True
            raise
        except RowRefused as error:
            self._note(error.row)
            raise
        self._note(line)
        return line

    def leave(self) -> int:
        """Pass over the rest of the quoted field that the record is in, for that is no row.

        Returns the number of lines.
        """
        passed = 0
        while self._quoted and not self.ended:
            passed += 1
            with suppress(RowRefused):  # a line of it that is too long besides
                next(self, None)
        return passed

    def _note(self, line: str) -> None:
        self.first = self.first or line
        if line.count('"') % 2:
            self._quoted = not self._quoted


class Table:
    """An iterator over the rows after the header; a broken one raises ``RowRefused``.

    After a refusal the next row follows.
    """

    def __init__(self, source: Source) -> None:
        """Read the header; raises ``ConfigurationError`` where there is none."""
        self.number = 1
        """Number of the row given out last, the header being 1, empty ones not counted."""
        try:
            self._lines = Lines(source)
            self._rows = _rows(source, self._lines)
            self.header = tuple(next(self._rows))
        except (RowRefused, csv.Error, StopIteration) as error:
            reason = str(error) or "it is empty"
            raise ConfigurationError(
                f"{source.path}: no header that can be read: {reason}"
            ) from error

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        while True:
            self._lines.begin()
            try:
                row = next(self._rows)
            except (csv.Error, RowRefused) as error:
                passed = self._lines.leave()
                self.number += 1
                if self._lines.ended:
                    raise self.refused(RowRefused(UNCLOSED)) from error
                raise self.refused(error, passed=passed) from error
            if self._lines.ended:
                self.number += 1
                raise self.refused(RowRefused(UNCLOSED))
            if any(row):
                self.number += 1
                return row

    def refused(self, error: Exception, row: Row = (), passed: int = 0) -> RowRefused:
        """``error`` as the refusal of the row given out last, with its content.

        ``passed`` lines were left out with it.
        """
        reason = str(error) if isinstance(error, RowRefused) else f"not CSV: {error}"
        if passed:
            reason += f"; left out with {passed} lines up to the next quote"
        refusal = RowRefused(reason, error.row if isinstance(error, RowRefused) else "")
        refusal.number = self.number
        refusal.row = refusal.row or ",".join(row) or self._lines.first
        return refusal


def _rows(source: Source, lines: Lines) -> Iterator[Row]:
    source.rewind()
    beginning = source.read(1)
    source.rewind()
    if beginning in "[{":
        return JsonItems(source)
    separator = max(SEPARATORS, key=next(source).count)
    source.rewind()
    return csv.reader(lines, delimiter=separator)
