"""Apply the topic's events again from a given point.

This is harmless: an event states the rate that holds, not a difference.
"""

import argparse
from datetime import UTC, datetime
from functools import partial

from movieserver.clock import Clock
from movieserver.commands.options import add_profile_options
from movieserver.commands.stores import with_existing_stores
from movieserver.errors import ConfigurationError
from movieserver.jobs.consume_rates import sort_out
from movieserver.profile import Profile
from movieserver.retries import retried
from movieserver.services import Stores
from movieserver.texts import counted


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)
    parser.add_argument(
        "--since",
        metavar="TIME",
        help="ISO 8601 time, UTC unless it says otherwise [the oldest record]",
    )


def run(arguments: argparse.Namespace) -> int:
    """Replay and print what changed."""
    since = parse_time(arguments.since)

    async def work(profile: Profile, stores: Stores, clock: Clock) -> tuple[int, int, int]:
        read = changed = unreadable = 0
        async for records in stores.events.read(profile.events.topic, since):
            rates, dead = sort_out(records)
            read += len(records)
            unreadable += len(dead)
            changed += await retried(partial(stores.movies.apply, rates), clock)
        await retried(stores.movies.refresh_top10, clock)
        return read, changed, unreadable

    read, changed, unreadable = with_existing_stores(arguments, work, ("movies", "events"))
    print(
        f"{counted(read, 'event')} read again: {changed} changed a rate, "
        f"{unreadable} could not be read"
    )
    return 0


def parse_time(text: str | None) -> float | None:
    """An ISO 8601 time in seconds since 1970; it is UTC unless it says otherwise."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"--since: {text!r} is not an ISO 8601 time such as 2026-11-23T10:00:00Z"
        raise ConfigurationError(message) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
