"""What an import did, and what it refused."""

from dataclasses import dataclass, field

from movieserver.imports.refusals import RowRefused
from movieserver.imports.report_file import ReportFile
from movieserver.texts import counted

SHOWN = 20
"""The most refusals, and the most remarks, that are kept."""


@dataclass
class Report:
    """Counts of rows, and the first refusals and remarks."""

    taken: int = 0
    """Rows that went in, or would have; nominees and movies count even if they were there."""
    unchanged: int = 0
    """Rates that the store has already."""
    older: int = 0
    """Rates that are not newer than the store's, or than others in the file."""
    skipped: int = 0
    """Rows that are about something else: other categories, films without a rate."""
    refused: int = 0
    refusals: list[RowRefused] = field(default_factory=list)
    """The first refusals."""
    remarks: int = 0
    """Rows that went in but look wrong."""
    remarked: list[str] = field(default_factory=list)
    """The first remarks."""
    broken_off: str | None = None
    """Why the rest of the file was not read; None if all of it was."""
    file: ReportFile | None = None
    """Lists all refusals and remarks, one per line."""

    def refuse(self, refusal: RowRefused) -> None:
        """Count a row that does not go in."""
        self.refused += 1
        if len(self.refusals) < SHOWN:
            self.refusals.append(refusal)
        self._list(refusal.line)

    def remark(self, text: str) -> None:
        """Count a row that goes in but looks wrong; ``text`` says why."""
        self.remarks += 1
        if len(self.remarked) < SHOWN:
            self.remarked.append(text)
        self._list(f"WARNING: {text}")

    def conclude(self) -> None:
        """End the file with the reason why the import was broken off, if it was."""
        if self.broken_off is not None:
            self._list(f"BROKEN OFF: {self.broken_off}")

    @property
    def complete(self) -> bool:
        """Whether everything in the file went in, and the report's own file is complete."""
        return not (self.refused or self.broken_off or self._unlisted)

    def lines(self, noun: str, dry_run: bool) -> list[str]:
        """The report for people; ``noun`` says what a row is."""
        lines = self._told()
        if self.broken_off is not None:
            lines.append(f"BROKEN OFF: {self.broken_off}")
        if self._unlisted:
            lines.append(f"WARNING: {self._unlisted}")
        counts = [f"{counted(self.taken, noun)} {self._taken(noun, dry_run)}"]
        counts += [
            f"{count} {what}"
            for count, what in (
                (self.unchanged, "were there already"),
                (self.older, "not newer than what is there or in the file"),
                (self.skipped, "skipped"),
            )
            if count
        ]
        return [*lines, ", ".join([*counts, f"{self.refused} refused"])]

    def _taken(self, noun: str, dry_run: bool) -> str:
        """What became of the rows; only for rates is it known which were there already."""
        if noun == "rate":
            return "would go in" if dry_run else "went in"
        if dry_run:
            return "would be in the catalogue"
        return f"{'is' if self.taken == 1 else 'are'} in the catalogue now"

    def _told(self) -> list[str]:
        """The first refusals and the first remarks, and how many more there are."""
        lines = [refusal.line for refusal in self.refusals]
        if self.refused > len(lines):
            all_of_them = "" if self.file is not None else "; --report FILE lists all"
            lines.append(f"… and {self.refused - len(lines)} more rows refused{all_of_them}")
        lines += [f"WARNING: {text}" for text in self.remarked]
        if self.remarks > len(self.remarked):
            lines.append(f"WARNING: … and {self.remarks - len(self.remarked)} more such rows")
        return lines

    @property
    def _unlisted(self) -> str:
        return self.file.failure if self.file is not None else ""

    def _list(self, line: str) -> None:
        if self.file is not None:
            self.file.add(line)
