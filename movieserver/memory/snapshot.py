"""Values held in memory for the IOLoop: replaced whole, never edited."""

from collections.abc import Callable
from typing import Generic, TypeVar

from movieserver.clock import Clock
from movieserver.errors import NotLoaded

T = TypeVar("T")


class Snapshot(Generic[T]):
    """A value that a refresh job replaces and that handlers read without waiting."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self._clock = clock
        self._value: T | None = None
        self._checked_at = 0.0
        self._watchers: list[Callable[[T], None]] = []

    @property
    def value(self) -> T:
        """The value; raises ``NotLoaded`` before the first one."""
        if self._value is None:
            raise NotLoaded(f"{self.name} is not loaded yet")
        return self._value

    @property
    def loaded(self) -> bool:
        """Whether there is a value."""
        return self._value is not None

    @property
    def age(self) -> float | None:
        """Seconds since the value was last known to be what the store has; None without a value."""
        return self._clock.monotonic() - self._checked_at if self.loaded else None

    def replace(self, value: T) -> None:
        """Replace the value, and pass the new one to all watchers."""
        self._value = value
        self.confirm()
        for watcher in self._watchers:
            watcher(value)

    def watch(self, watcher: Callable[[T], None]) -> None:
        """Call ``watcher`` with every new value as soon as it is set."""
        self._watchers.append(watcher)

    def confirm(self) -> None:
        """Note that the store was asked and has nothing newer."""
        self._checked_at = self._clock.monotonic()
