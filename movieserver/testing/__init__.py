"""Tools for tests of backends, handlers and jobs, this project's or a third party's.

``ManualClock`` is a clock that a test moves; the modules ``movie_store_contract``,
``rate_store_contract`` and ``event_log_contract`` prove that a store keeps to its interface.
"""

from movieserver.testing.clock import ManualClock

__all__ = ["ManualClock"]
