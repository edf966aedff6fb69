"""Takes back all rates of a user."""

from movieserver.backends import RateStore
from movieserver.clock import VersionClock
from movieserver.models import Rate


async def erase(rates: RateStore, user_id: str, versions: VersionClock) -> list[Rate]:
    """Put a removal over each of the user's rates; returns the removals, all of them pending."""
    # A server whose clock is ahead may have given the user's newest rate a later version.
    for newest in await rates.user_rates(user_id, 1):
        versions.follow(newest.version)
    return await rates.erase(user_id, versions.next())
