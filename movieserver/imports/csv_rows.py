"""Rows of CSV, read so that a stray quotation mark costs its own line and no other."""

import csv
from collections.abc import Callable, Iterator, Sequence

from movieserver.imports.refusals import RowRefused
from movieserver.imports.source import LINE, Source

Row = Sequence[str]


class RowGoesOn(Exception):
    """A row does not end with its line."""


class CsvRows(Iterator[Row]):
    """The rows of a source, empty ones too; a broken one raises ``RowRefused``, the next follows.

    A row on one line is read leniently, for quotation marks stand anywhere within fields. A row
    of several lines is taken if it is well-formed and ``fits`` says that it may be one; else its
    first line is refused, and the very next line begins another row. So it is where the last line
    ``is_row`` by itself: then two quotation marks were stray ones. Where only others are, nobody
    can tell, and all of them are refused together.
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
        """The row of which ``span`` is the first line."""
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
        """Raise ``RowRefused`` where lines after the first one would be rows by themselves."""
        lines = enumerate(span.lines[1:], span.number + 1)
        within = [number for number, line in lines if self._stands_alone(line)]
        if within:
            few = f"{len(within)} of the lines {within[0]} to {within[-1]}"
            which = few if len(within) > 1 else f"line {within[0]}"
            raise span.refused_whole(RowRefused(f"{which} within quotation marks may be a row"))

    def _stands_alone(self, line: str) -> bool:
        """Whether a line of several would be a row by itself."""
        return len(line) <= LINE and self._is_row(self._parsed([line]))

    def _parsed(self, lines: Sequence[str]) -> Row:
        return next(csv.reader(lines, delimiter=self._separator))

    def _is_well_formed(self, span: "_Span") -> bool:
        """Whether lines make a well-formed row with the first one; ``span`` takes them.

        Lines up to a broken one are not looked through again: where a quotation is open at the
        end of one of them, it is broken at the same place.
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
        """Whether ``line``, at whose beginning a quotation is open, is the last one of its row."""
        if len(line) > LINE:
            return line.count('"') % 2 == 1
        return '"' in line and self._ends(f'"{line}')

    def _ends(self, line: str) -> bool:
        """Whether a row ends with ``line``; raises ``csv.Error`` for what is not well-formed."""
        try:
            next(csv.reader(_alone(line), delimiter=self._separator, strict=True))
        except RowGoesOn:
            return False
        return True


class _FirstLines(Iterator[str]):
    """A source's lines for a reader, which gets one for each row."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.line: str | None = None
        """The present row's line; None before it is given out."""
        self.number = 0
        """Its number in the file."""

    def __next__(self) -> str:
        if self.line is not None:
            raise RowGoesOn
        self.number += 1
        self.line = line = next(self._source)
        return line


class _Span:
    """The lines of a row of several lines, or why they are refused together."""

    def __init__(self, number: int, first: str, refusal: RowRefused | None = None) -> None:
        self.first = self.end = first
        """Its first and its last line."""
        self.lines = [first]
        self.number = self.last = number
        """The numbers of these two."""
        self.refusal = refusal
        self.alone = refusal or RowRefused(
            f"a quotation mark is not closed on line {number}", first
        )
        """The refusal of the first line."""
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
        """The refusal of all lines."""
        lines = f"lines {self.number} to {self.last} are left out"
        return RowRefused(f"{refusal}; {lines}", self.first)


def _alone(line: str) -> Iterator[str]:
    yield line
    raise RowGoesOn
