"""A line on a terminal that says how far a file is read."""

import sys
from collections.abc import Callable

WIDTH = 40


class Progress:
    """Draws a bar over itself; draws nothing where nobody looks."""

    def __init__(self, total: int, done: Callable[[], int]) -> None:
        """``done`` says how much of ``total`` is."""
        self._total, self._done = total, done
        self._shown = sys.stderr.isatty()

    def update(self) -> None:
        """Draw how far it is."""
        if self._shown:
            part = min(self._done() / self._total, 1.0)
            bar = "█" * int(part * WIDTH)
            print(f"\r{bar:·<{WIDTH}} {part:4.0%}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Leave the line empty."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
