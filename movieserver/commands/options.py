"""The options that commands share, and the profile that they name."""

import argparse
import os
from pathlib import Path

from movieserver.declarations import ROLES
from movieserver.errors import ConfigurationError
from movieserver.events import is_user_id
from movieserver.profile import Profile, read_profile


def folder(text: str) -> Path:
    """The path ``text``; an empty one, as from an unset variable, would be the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the folder has no name")
    return Path(text)


def add_profile_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that name the profile, the data folder and the stores."""
    parser.add_argument(
        "--profile", default="dev", metavar="NAME|FILE", help="built-in profile or YAML file [dev]"
    )
    parser.add_argument(
        "--data",
        type=folder,
        metavar="DIR",
        help="data folder [$MOVIESERVER_DATA or ./movieserver-data]",
    )
    add_store_options(parser)


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that name stores."""
    for role in ROLES:
        parser.add_argument(f"--{role}", metavar="URL", help=f"use this store for {role}")


def check_user(name: str) -> None:
    """Raise ``ConfigurationError`` unless ``name``, given as ``--user``, is a possible user id."""
    if not is_user_id(name):
        raise ConfigurationError("--user: a name must have 1 to 255 printable characters")


def profile_of(arguments: argparse.Namespace) -> Profile:
    """The profile that the options name, with the changes that they make."""
    overrides = {
        name: value
        for name in ("listen", "processes", *ROLES)
        if (value := getattr(arguments, name, None)) is not None
    }
    return read_profile(
        arguments.profile, data=arguments.data, overrides=overrides, environ=os.environ
    )
