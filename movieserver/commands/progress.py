"""A line on a terminal that shows how much of a file has been read."""

import sys
from typing import Self

WIDTH = 40


class Progress:
    """Redraws a bar in place; draws nothing if standard error is not a terminal."""

    def __init__(self, total: int) -> None:
        """Take how much there is to do, which must be more than 0."""
        self._total = total
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> Self:
        self.update(0)
        return self

    def __exit__(self, *_error: object) -> None:
        """Clear the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def update(self, done: int) -> None:
        """Draw how much of the total is done."""
        if self._shown:
            part = min(done / self._total, 1.0)
            bar = "█" * int(part * WIDTH)
            print(f"\r{bar:·<{WIDTH}} {part:4.0%}", end="", file=sys.stderr, flush=True)
