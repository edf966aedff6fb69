"""A clock for what waits long."""

from movieserver.testing import ManualClock


class HastyClock(ManualClock):
    """Whoever sleeps lets the time pass at once."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
