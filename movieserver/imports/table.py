"""The rows of a file, whether it is CSV or JSON."""

from collections.abc import Callable, Iterator

from movieserver.errors import ConfigurationError
from movieserver.imports.csv_rows import CsvRows, Row
from movieserver.imports.json_items import JsonItems
from movieserver.imports.refusals import RowRefused
from movieserver.imports.source import Source

SEPARATORS = ",;\t"
SEPARATOR_LINE = ["sep=", ""]
"""A line that names the separator for Excel, as it reads by that separator."""


class Table(Iterator[Row]):
    """An iterator over the rows after the header; a broken row raises ``RowRefused``.

    After a refusal the next row follows.
    """

    def __init__(
        self,
        source: Source,
        fits: Callable[[Row], bool] = lambda row: True,
        is_row: Callable[[Row], bool] = lambda row: False,
    ) -> None:
        """Read the header; raises ``ConfigurationError`` if there is none.

        ``fits`` says whether several lines may be one row, ``is_row`` whether one of them would be
        a row by itself.
        """
        self.number = 1
        """The number of the row given out last; the header is 1, and empty rows do not count."""
        try:
            self._rows = _rows(source, fits, is_row)
            full = (row for row in self._rows if any(map(str.strip, row)))
            self.header = tuple(next(row for row in full if row != SEPARATOR_LINE))
        except (RowRefused, StopIteration) as error:
            reason = str(error) or "the file is empty"
            raise ConfigurationError(
                f"{source.path}: its header cannot be read: {reason}"
            ) from error

    def __next__(self) -> Row:
        try:
            for row in self._rows:
                if any(row):
                    self.number += 1
                    return row
        except RowRefused as error:
            self.number += 1
            raise self.refused(error) from error
        raise StopIteration

    def refused(self, error: RowRefused, row: Row = ()) -> RowRefused:
        """``error`` with the number of the row given out last and, if it has no text, ``row``."""
        error.number = self.number
        error.row = error.row or ",".join(row)
        return error


def _rows(
    source: Source, fits: Callable[[Row], bool], is_row: Callable[[Row], bool]
) -> Iterator[Row]:
    source.rewind()
    beginning = source.read().lstrip()
    if beginning[:1] in ("[", "{"):
        source.rewind()
        return JsonItems(source)
    header = beginning.partition("\n")[0].partition("\r")[0]
    return CsvRows(source, max(SEPARATORS, key=header.count), fits, is_row)
