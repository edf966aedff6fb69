"""The stores that a command works with: opened for it, and closed after it."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.parse import quote

from movieserver.clock import Clock, SystemClock
from movieserver.commands.options import profile_of
from movieserver.composition.wiring import make_stores
from movieserver.errors import ConfigurationError
from movieserver.profile import Profile
from movieserver.services import Stores

T = TypeVar("T")


def with_stores(
    arguments: argparse.Namespace, work: Callable[[Profile, Stores, Clock], Awaitable[T]]
) -> T:
    """Run ``work`` with the stores of the profile open."""
    return asyncio.run(_with_stores(profile_of(arguments), work, makes_topics=True))


def with_existing_stores(
    arguments: argparse.Namespace, work: Callable[[Profile, Stores, Clock], Awaitable[T]]
) -> T:
    """As ``with_stores``; refuses where that would make a store, or a topic.

    What is said of an empty one that nobody meant would look like an answer.
    """
    profile = profile_of(arguments)
    absent = absent_stores(profile)
    if absent:
        path = next(iter(absent.values()))
        raise ConfigurationError(
            f"{path}: there is no such database; --data or MOVIESERVER_DATA names the folder of one"
        )
    return asyncio.run(_with_stores(profile, work, makes_topics=False))


def with_trial_stores(
    arguments: argparse.Namespace, work: Callable[[Profile, Stores, Clock], Awaitable[T]]
) -> T:
    """As ``with_stores``, with an empty store for a while in the place of one that is not there.

    So it is with the event log, there or not, which would make its topics. Makes nothing in the
    data folder.
    """
    with TemporaryDirectory(prefix="movieserver-") as folder:
        instead, profile = vars(arguments).copy(), profile_of(arguments)
        absent = absent_stores(profile)
        for role in absent.keys() | (profile.stores.keys() & {"events"}):
            instead[role] = f"sqlite:///{quote(folder)}/trial.db"
        for path in dict.fromkeys(absent.values()):
            print(f"{path}: not there yet; an empty store stands for it", file=sys.stderr)
        return with_stores(argparse.Namespace(**instead), work)


def absent_stores(profile: Profile) -> dict[str, Path]:
    """The files of the profile's embedded stores that are not there yet, by role."""
    stores = make_stores(profile, SystemClock()).listed
    return {
        role: path for role, store in stores.items() if (path := store.missing_file()) is not None
    }


async def _with_stores(
    profile: Profile,
    work: Callable[[Profile, Stores, Clock], Awaitable[T]],
    *,
    makes_topics: bool,
) -> T:
    clock = SystemClock()
    stores = make_stores(profile, clock, makes_topics=makes_topics)
    try:
        for store in stores.listed.values():
            await store.open()
        return await work(profile, stores, clock)
    finally:
        for store in stores.listed.values():
            await store.close()
