"""A line on a terminal that says how far a file is read."""

import sys
from types import TracebackType
from typing import Self

WIDTH = 40


class Progress:
    """Draws a bar over itself; draws nothing where nobody looks."""

    def __init__(self, total: int) -> None:
        """``total`` is what there is to do, more than 0."""
        self._total = total
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> Self:
        self.update(0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the line empty."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def update(self, done: int) -> None:
        """Draw how much of the total is done."""
        if self._shown:
            part = min(done / self._total, 1.0)
            bar = "█" * int(part * WIDTH)
            print(f"\r{bar:·<{WIDTH}} {part:4.0%}", end="", file=sys.stderr, flush=True)
