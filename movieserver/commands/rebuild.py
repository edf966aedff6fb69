"""Recompute every average from the rate store, while servers and consumers keep running."""

import argparse

from movieserver.clock import Clock
from movieserver.commands.options import add_profile_options
from movieserver.commands.stores import with_existing_stores
from movieserver.profile import Profile
from movieserver.rebuild import Rebuild, rebuild
from movieserver.retries import retried
from movieserver.services import Stores
from movieserver.texts import counted


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Rebuild and print what changed."""

    async def work(_profile: Profile, stores: Stores, clock: Clock) -> Rebuild:
        done = await rebuild(stores.rates, stores.movies, clock)
        await retried(stores.movies.refresh_top10, clock)
        return done

    done = with_existing_stores(arguments, work, ("movies", "rates"))
    print(
        f"{counted(done.states, 'state')} checked: {done.applied} were missing, {done.removed} had "
        f"no rate behind them, {counted(done.recounted, 'average')} did not match their states"
    )
    return 0
