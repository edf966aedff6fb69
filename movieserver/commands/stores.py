"""The stores that a command works with: opened before it and closed after it."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.parse import quote

from movieserver.clock import Clock, SystemClock
from movieserver.commands.options import profile_of
from movieserver.composition.wiring import make_stores
from movieserver.declarations import ROLES
from movieserver.errors import ConfigurationError
from movieserver.profile import Profile
from movieserver.services import Stores

T = TypeVar("T")


def with_stores(
    arguments: argparse.Namespace, work: Callable[[Profile, Stores, Clock], Awaitable[T]]
) -> T:
    """Run ``work`` with the profile's stores open."""
    profile, clock = profile_of(arguments), SystemClock()
    return asyncio.run(_with_stores(profile, clock, make_stores(profile, clock), work))


def with_existing_stores(
    arguments: argparse.Namespace,
    work: Callable[[Profile, Stores, Clock], Awaitable[T]],
    roles: Collection[str] = ROLES,
) -> T:
    """Like ``with_stores``, for the stores in ``roles``, but refuse to make a store or a topic.

    What a command reports about an empty store, made by mistake, would look like an answer.
    """
    profile, clock = profile_of(arguments), SystemClock()
    stores = make_stores(profile, clock, roles, makes_topics=False)
    absent = missing_files(stores)
    if absent:
        path = next(iter(absent.values()))
        raise ConfigurationError(
            f"{path}: there is no such database; name the data folder with --data or "
            "MOVIESERVER_DATA"
        )
    return asyncio.run(_with_stores(profile, clock, stores, work))


def with_trial_stores(
    arguments: argparse.Namespace, work: Callable[[Profile, Stores, Clock], Awaitable[T]]
) -> T:
    """Like ``with_stores``, but replace each absent store by an empty, temporary one.

    The event log is always replaced, even if it exists, because opening it would make its topics.
    Makes nothing in the data folder.
    """
    with TemporaryDirectory(prefix="movieserver-") as folder:
        instead, profile = vars(arguments).copy(), profile_of(arguments)
        absent = missing_files(make_stores(profile, SystemClock()))
        for role in absent.keys() | (profile.stores.keys() & {"events"}):
            instead[role] = f"sqlite:///{quote(folder)}/trial.db"
        for path in dict.fromkeys(absent.values()):
            print(f"{path}: not there yet; an empty store stands in for it", file=sys.stderr)
        return with_stores(argparse.Namespace(**instead), work)


def missing_files(stores: Stores) -> dict[str, Path]:
    """The files of embedded stores that do not exist yet, by role."""
    missing = {role: store.missing_file() for role, store in stores.listed.items()}
    return {role: path for role, path in missing.items() if path is not None}


async def _with_stores(
    profile: Profile,
    clock: Clock,
    stores: Stores,
    work: Callable[[Profile, Stores, Clock], Awaitable[T]],
) -> T:
    try:
        for store in stores.listed.values():
            await store.open()
        return await work(profile, stores, clock)
    finally:
        for store in stores.listed.values():
            await store.close()
