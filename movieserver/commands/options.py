"""Options that commands share, and what they stand for."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.parse import quote

from movieserver.clock import Clock, SystemClock
from movieserver.composition.wiring import make_stores
from movieserver.errors import ConfigurationError
from movieserver.events import is_user_id
from movieserver.plugins import ROLES
from movieserver.profile import Profile, read_profile
from movieserver.services import Stores

T = TypeVar("T")


def add_profile_options(parser: argparse.ArgumentParser) -> None:
    """Which profile, which data folder, which stores."""
    parser.add_argument(
        "--profile", default="dev", metavar="NAME|FILE", help="built-in profile or YAML file [dev]"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="data folder [$MOVIESERVER_DATA or ./movieserver-data]",
    )
    add_store_options(parser)


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """Which stores."""
    for role in ROLES:
        parser.add_argument(f"--{role}", metavar="URL", help=f"use this store for {role}")


def check_user(name: str) -> None:
    """Raise ``ConfigurationError`` where ``--user`` names nobody."""
    if not is_user_id(name):
        raise ConfigurationError("--user: a name has 1 to 255 printable characters")


def profile_of(arguments: argparse.Namespace) -> Profile:
    """The profile that the options name, as they change it."""
    overrides = {
        name: value
        for name in ("listen", "processes", *ROLES)
        if (value := getattr(arguments, name, None)) is not None
    }
    return read_profile(
        arguments.profile, data=arguments.data, overrides=overrides, environ=os.environ
    )


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
