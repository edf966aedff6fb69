"""Take back all rates of a user, as ``DELETE /users/rates`` with a token of theirs does.

The relay of a running server announces it, and the averages follow.
"""

import argparse

from movieserver.clock import Clock, VersionClock
from movieserver.commands.options import add_profile_options, check_user
from movieserver.commands.stores import with_existing_stores
from movieserver.erasure import erase
from movieserver.profile import Profile
from movieserver.services import Stores
from movieserver.texts import counted


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)
    parser.add_argument("kind", choices=("rates",), help="what to erase")
    parser.add_argument("--user", required=True, metavar="NAME", help="whose rates")


def run(arguments: argparse.Namespace) -> int:
    """Erase the rates and print how many there were."""
    check_user(arguments.user)

    async def work(_profile: Profile, stores: Stores, clock: Clock) -> int:
        return len(await erase(stores.rates, arguments.user, VersionClock(clock)))

    count = with_existing_stores(arguments, work, ("rates",))
    print(f"{counted(count, 'rate')} of user {arguments.user!r} erased")
    return 0
