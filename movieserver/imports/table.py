"""The rows of a file, whether it is CSV or JSON."""

import csv
from collections.abc import Iterator, Sequence

from movieserver.errors import ConfigurationError
from movieserver.imports.json_items import JsonItems
from movieserver.imports.refusals import RowRefused
from movieserver.imports.source import Source

SEPARATORS = ",;\t"

Row = Sequence[str]


class Table:
    """An iterator over the rows after the header; a broken one raises ``RowRefused``.

    After a refusal the next row follows.
    """

    def __init__(self, source: Source) -> None:
        """Read the header; raises ``ConfigurationError`` where there is none."""
        self.number = 1
        """Number of the row given out last, the header being 1, empty ones not counted."""
        try:
            self._rows = _rows(source)
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
            try:
                row = next(self._rows)
            except (csv.Error, RowRefused) as error:
                self.number += 1
                raise self.refused(error) from error
            if any(row):
                self.number += 1
                return row

    def refused(self, error: Exception, row: Row = ()) -> RowRefused:
        """``error`` as the refusal of the row given out last, with its content."""
        refusal = error if isinstance(error, RowRefused) else RowRefused(f"not CSV: {error}")
        refusal.number = self.number
        refusal.row = refusal.row or ",".join(row)
        return refusal


def _rows(source: Source) -> Iterator[Row]:
    source.rewind()
    beginning = source.read(1)
    source.rewind()
    if beginning in "[{":
        return JsonItems(source)
    separator = max(SEPARATORS, key=next(source).count)
    source.rewind()
    return csv.reader(source, delimiter=separator)
