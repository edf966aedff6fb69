"""Show the state of a running server: its stores, its memory, what is on its way, its version.

Asks /health/ready and /metrics of the server at --url, or of every server on the data folder
--data. With --profile, or with URLs of stores, asks those stores directly, whether or not a server
runs. Exits 0 if all are ready, 1 if one is not, 2 if a server cannot be reached.
"""

import argparse
import asyncio
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from movieserver.clock import SystemClock
from movieserver.commands.options import add_store_options, folder, profile_of
from movieserver.composition.wiring import make_stores
from movieserver.declarations import ROLES
from movieserver.errors import ConfigurationError
from movieserver.process.presence import running
from movieserver.profile.reader import data_folder
from movieserver.status.screen import server_screen, stores_screen
from movieserver.status.server import Unreachable, ask
from movieserver.status.stores import ask_stores
from movieserver.urls import check_host, hide_password

USUAL = "http://127.0.0.1:8080"
"""Where a server listens unless told otherwise."""
VISIBLE = re.compile(r"[!-~]+")
"""The characters that URLs and tokens may have."""
UNREACHABLE = 2
"""The exit status if no server of ours answers."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--url", help=f"ask the server at this URL [{USUAL}]")
    parser.add_argument(
        "--data", type=folder, metavar="DIR", help="ask all servers that use this data folder"
    )
    parser.add_argument("--profile", metavar="NAME|FILE", help="ask the stores of this profile")
    add_store_options(parser)
    parser.add_argument(
        "--token",
        default=os.environ.get("MOVIESERVER_TOKEN"),
        help="a token, if the server wants one [$MOVIESERVER_TOKEN]",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="how long to wait for a server at most [5]",
    )


def run(arguments: argparse.Namespace) -> int:
    """Ask and print."""
    of_stores = [name for name in ("profile", *ROLES) if getattr(arguments, name) is not None]
    others = [*of_stores, *(["data"] if arguments.data is not None else [])]
    if arguments.url is not None and others:
        raise ConfigurationError(f"--url cannot be combined with --{others[0]}")
    return status_of_stores(arguments) if of_stores else status_of_servers(arguments)


def status_of_stores(arguments: argparse.Namespace) -> int:
    """Print the state of the stores named by URL and, with ``--profile``, of all that it lists."""
    named = {role for role in ROLES if getattr(arguments, role) is not None}
    if arguments.profile is None:
        arguments.profile = "dev"
    else:
        named |= set(ROLES)
    profile = profile_of(arguments)
    uses = {role: use for role, use in profile.stores.items() if role in named}
    stores = make_stores(replace(profile, stores=uses), SystemClock(), makes_topics=False)
    status = asyncio.run(ask_stores(stores, profile.events))
    print("\n".join(stores_screen(status)))
    return 0 if status.ready else 1


def status_of_servers(arguments: argparse.Namespace) -> int:
    """Print the state of the server at a URL, or of every server on a data folder."""
    if arguments.data is None:
        urls = [server_url(arguments.url or USUAL)]
    else:
        urls = servers_on(data_folder(arguments.data, os.environ))
    if arguments.token and not VISIBLE.fullmatch(arguments.token):
        raise ConfigurationError("--token or MOVIESERVER_TOKEN: found characters that no token has")
    if not 0 < arguments.timeout <= 3600:
        raise ConfigurationError("--timeout: must be more than 0 seconds, and at most 3600")
    if not urls:
        print(f"movieserver: no running server uses {arguments.data}", file=sys.stderr)
        return UNREACHABLE
    return max(show_status(url, arguments.token, arguments.timeout) for url in urls)


def servers_on(data: Path) -> list[str]:
    """A URL of each server on the data folder; ``ConfigurationError`` if it cannot be read."""
    try:
        return running(data)
    except OSError as error:
        raise ConfigurationError(f"--data: {error.strerror}: {str(data)!r}") from error


def show_status(url: str, token: str | None, timeout: float) -> int:
    """Print the screen of one server; returns the exit status that follows from it."""
    try:
        status = ask(url, token, timeout)
    except Unreachable as error:
        print(f"movieserver: {error}", file=sys.stderr)
        return UNREACHABLE
    print("\n".join(server_screen(url, status)))
    return 0 if status.ready else 1


def server_url(text: str) -> str:
    """``text`` without a final slash; raises ``ConfigurationError`` if it is no server's URL."""
    try:
        parts = urlsplit(text)
        bare = not (parts.query or parts.fragment or "@" in parts.netloc)
        known = parts.scheme in ("http", "https") and bare and VISIBLE.fullmatch(text)
        if known and parts.hostname and (parts.port is None or parts.port > 0):
            check_host(parts.hostname)
            return text.rstrip("/")
    except ValueError as error:
        raise unusable(text, f" ({error})") from error
    raise unusable(text)


def unusable(text: str, reason: str = "") -> ConfigurationError:
    """The error for a URL that cannot be a server's."""
    found = repr(hide_password(text))
    return ConfigurationError(
        f"--url: found {found}{reason}; allowed: http://HOST:PORT or https://…, "
        "with a port from 1 to 65535"
    )
