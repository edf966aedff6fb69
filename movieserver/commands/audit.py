"""Compare every average with the rates behind it.

Exits 0 if all agree; otherwise prints the differences and exits 1. Waits for events under way.
"""

import argparse

from movieserver.audit import Audit, audit
from movieserver.clock import Clock
from movieserver.commands.options import add_profile_options
from movieserver.commands.stores import with_existing_stores
from movieserver.errors import ConfigurationError
from movieserver.profile import Profile
from movieserver.services import Stores
from movieserver.texts import counted

SHOWN = 50
"""The most differences that are printed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)
    parser.add_argument(
        "--wait",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for differences to settle [30]",
    )


def run(arguments: argparse.Namespace) -> int:
    """Audit and print the result."""
    if not 0 <= arguments.wait <= 86_400:
        raise ConfigurationError("--wait: must be from 0 to 86400 seconds")

    async def work(profile: Profile, stores: Stores, clock: Clock) -> Audit:
        return await audit(stores, profile.events, clock, arguments.wait)

    found = with_existing_stores(arguments, work)
    tell(found)
    return 1 if found.differences else 0


def tell(found: Audit) -> None:
    """Print the first differences, and a line with all counts."""
    for difference in found.differences[:SHOWN]:
        wanted, held = difference.expected, difference.found
        print(
            f"{difference.movie_id}: rate_sum {held.rate_sum}, rate_count {held.rate_count}; "
            f"the rates add up to {wanted.rate_sum}, {wanted.rate_count}"
        )
    if len(found.differences) > SHOWN:
        print(f"… and {len(found.differences) - SHOWN} more")
    print(
        f"{counted(found.rates, 'rate')} of {counted(found.movies, 'movie')}, "
        f"{counted(len(found.differences), 'difference')}; "
        f"{counted(found.pending, 'rate')} not yet announced, "
        f"{counted(found.lag, 'event')} not yet applied"
    )
    if found.differences and (found.pending or found.lag):
        print(
            "What is not yet applied may explain the differences: audit again while a consumer "
            "runs."
        )
