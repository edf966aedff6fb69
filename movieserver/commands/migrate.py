"""Create the schema of the profile's stores, or bring it up to date.

Safe to repeat, and safe if several processes do it at once. Embedded stores prepare their schema
when they are opened, so they need no migration.
"""

import argparse
import asyncio

from movieserver.clock import SystemClock
from movieserver.commands.options import add_profile_options, profile_of
from movieserver.composition.wiring import make_stores


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Migrate every store and print what was done."""
    stores = make_stores(profile_of(arguments), SystemClock())

    async def work() -> int:
        lines = 0
        for store in stores.listed.values():
            for line in await store.migrate():
                print(line)  # at once, since the next store may fail
                lines += 1
        return lines

    if not asyncio.run(work()):
        print("nothing to do")
    return 0
