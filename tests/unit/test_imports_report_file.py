"""The file of ``--report``, where it takes no more."""

from contextlib import suppress
from pathlib import Path

from movieserver.imports.report import Report
from movieserver.imports.report_file import ReportFile


def test_a_full_disk_under_the_report_is_said_and_does_not_end_the_import() -> None:
    path = Path("/dev/full")
    file = path.open("w")
    report = Report(file=ReportFile(path, file))
    for _ in range(3):
        report.remark("a row that looks wrong")
    assert not report.complete
    assert report.lines("movie", dry_run=False)[-2:] == [
        "WARNING: --report: /dev/full: No space left on device; it is incomplete",
        "0 movies are in the catalogue now, 0 refused",
    ]
    with suppress(OSError):  # what is left in its buffer cannot be written either
        file.close()
