"""Rows of CSV, read so that a stray quotation mark costs only its own line."""

import csv
from collections.abc import Callable, Iterator, Sequence

from movieserver.imports.refusals import RowRefused
from movieserver.imports.source import LINE, Source

Row = Sequence[str]


class RowGoesOn(Exception):
    """The row does not end at the end of its line."""


class CsvRows(Iterator[Row]):
    """The rows of a source, including empty ones; a broken row raises ``RowRefused``.

    After a refusal the next row follows.

    One-line rows are parsed leniently: quotation marks may be anywhere in a field. A multi-line row
    is accepted if it is well-formed and ``fits`` allows it; otherwise only its first line is
    refused, and the next line starts a new row. The same happens if its last line ``is_row`` by
    itself: the quotation marks were stray. If only lines in the middle could be rows, nobody can
    tell, so all lines are refused.
    """

    def __init__(
        self,
        source: Source,
        separator: str,
        fits: Callable[[Row], bool],
        is_row: Callable[[Row], bool],
    ) -> None:
        """Begin with the source's first line."""
        source.rewind()
        self._source, self._separator = source, separator
        self._fits, self._is_row = fits, is_row
        self._lines = _FirstLines(source)
        self._reader = csv.reader(self._lines, delimiter=separator)
        self._open_until = 0

    def __next__(self) -> Row:
        self._lines.line = None
        try:
            return next(self._reader)
        except RowGoesOn:
            span = _Span(self._lines.number, self._lines.line or "")
        except RowRefused as error:
            if error.row.count('"') % 2 == 0:
                raise
            span = _Span(self._lines.number, error.row, error)
        return self._joined(span)

    def _joined(self, span: "_Span") -> Row:
        """The row that begins with the line in ``span``; raises ``RowRefused``."""
        second = self._source.mark()
        if self._is_well_formed(span) and not self._stands_alone(span.end):
            if span.refusal is not None:
                self._lines.number = span.last
                raise span.refused_whole(span.refusal)
            row = self._parsed(span.lines)
            if self._fits(row):
                self._lines.number = span.last
                self._refuse_rows_within(span)
                return row
        self._source.go_back(second)
        raise span.alone

    def _refuse_rows_within(self, span: "_Span") -> None:
        """Raise ``RowRefused`` if lines after the first would be rows by themselves."""
        lines = enumerate(span.lines[1:], span.number + 1)
        within = [number for number, line in lines if self._stands_alone(line)]
        if within:
            few = f"{len(within)} of the lines {within[0]} to {within[-1]}"
            which = few if len(within) > 1 else f"line {within[0]}"
            raise span.refused_whole(RowRefused(f"{which} within quotation marks may be a row"))

    def _stands_alone(self, line: str) -> bool:
        """Whether a line of a multi-line row would be a row by itself."""
        return len(line) <= LINE and self._is_row(self._parsed([line]))

    def _parsed(self, lines: Sequence[str]) -> Row:
        return next(csv.reader(lines, delimiter=self._separator))

    def _is_well_formed(self, span: "_Span") -> bool:
        """Whether the following lines complete a well-formed row; ``span`` takes them.

        Lines before a known break are not searched again: a quotation that is open at the end of
        one of them breaks at the same place.
        """
        if span.last < self._open_until:
            return False
        try:
            if span.refusal is None:
                self._ends(span.first)
            while not self._closes(span.add(self._source)):
                pass
        except (csv.Error, StopIteration):
            self._open_until = span.last
            return False
        return True

    def _closes(self, line: str) -> bool:
        """Whether ``line``, which begins inside a quotation, is the last one of its row."""
        if len(line) > LINE:
            return line.count('"') % 2 == 1
        return '"' in line and self._ends(f'"{line}')

    def _ends(self, line: str) -> bool:
        """Whether a row ends with ``line``; raises ``csv.Error`` if it is not well-formed."""
        try:
            next(csv.reader(_alone(line), delimiter=self._separator, strict=True))
        except RowGoesOn:
            return False
        return True


class _FirstLines(Iterator[str]):
    """A source's lines for a CSV reader, which gets only one line for each row."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.line: str | None = None
        """The current row's line; None until the reader takes it."""
        self.number = 0
        """The number of the current line in the file."""

    def __next__(self) -> str:
        if self.line is not None:
            raise RowGoesOn
        self.number += 1
        self.line = line = next(self._source)
        return line


class _Span:
    """The lines of a multi-line row, or the reason why they are refused together."""

    def __init__(self, number: int, first: str, refusal: RowRefused | None = None) -> None:
        self.first = self.end = first
        """The first line, and the last one so far."""
        self.lines = [first]
        self.number = self.last = number
        """The numbers of these two lines."""
        self.refusal = refusal
        self.alone = refusal or RowRefused(
            f"a quotation mark on line {number} is not closed", first
        )
        """The refusal of the first line alone."""
        self._size = len(first)

    def add(self, source: Source) -> str:
        """Take and return the next line of ``source``; raises ``StopIteration`` at its end."""
        self.last += 1
        try:
            line = next(source)
        except RowRefused as error:
            self.refusal = self.refusal or error
            line = error.row
        self.end = line
        self._size += len(line)
        if self._size > LINE:
            self.refusal = self.refusal or RowRefused(f"a row of more than {LINE} characters")
            self.lines.clear()
        else:
            self.lines.append(line)
        return line

    def refused_whole(self, refusal: RowRefused) -> RowRefused:
        """The refusal of all the lines."""
        lines = f"lines {self.number} to {self.last} are left out"
        return RowRefused(f"{refusal}; {lines}", self.first)


def _alone(line: str) -> Iterator[str]:
    yield line
    raise RowGoesOn
