"""Tell how a running server is: its stores, its memory, what is on its way, its version.

Exits 0 if it is ready, 1 if it is not, 2 if it cannot be reached; where several are asked, with the
greatest of these. Asks /health/ready and /metrics.
"""

import argparse
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from movieserver.errors import ConfigurationError
from movieserver.process.presence import running
from movieserver.profile.reader import data_folder
from movieserver.status import Unreachable, ask, screen
from movieserver.urls import hide_password

VISIBLE = re.compile(r"[!-~]+")
"""What URLs and tokens are made of."""
UNREACHABLE = 2
"""Exit status where nobody of ours answers."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    servers = parser.add_mutually_exclusive_group()
    servers.add_argument(
        "--url",
        default="http://127.0.0.1:8080",
        help="where the server is [http://127.0.0.1:8080]",
    )
    servers.add_argument(
        "--data", type=Path, metavar="DIR", help="ask all servers that run on this data folder"
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("MOVIESERVER_TOKEN"),
        help="a token, where its metrics need one [$MOVIESERVER_TOKEN]",
    )
    parser.add_argument(
        "--timeout", type=float, default=5.0, metavar="SECONDS", help="wait so long at most [5]"
    )


def run(arguments: argparse.Namespace) -> int:
    """Ask and print."""
    if arguments.data is None:
        urls = [server_url(arguments.url)]
    else:
        urls = running(data_folder(arguments.data, os.environ))
    if arguments.token and not VISIBLE.fullmatch(arguments.token):
        raise ConfigurationError("--token or MOVIESERVER_TOKEN: no token has such characters")
    if not 0 < arguments.timeout <= 3600:
        raise ConfigurationError("--timeout: more than 0 seconds, at most 3600")
    if not urls:
        print(f"movieserver: no server runs on {arguments.data}", file=sys.stderr)
        return UNREACHABLE
    return max(told(url, arguments.token, arguments.timeout) for url in urls)


def told(url: str, token: str | None, timeout: float) -> int:
    """Print the screen of one server; returns the exit status that it gives."""
    try:
        status = ask(url, token, timeout)
    except Unreachable as error:
        print(f"movieserver: {error}", file=sys.stderr)
        return UNREACHABLE
    print("\n".join(screen(url, status)))
    return 0 if status.ready else 1


def server_url(text: str) -> str:
    """``text`` without a slash at its end; ``ConfigurationError`` where it can be no server's."""
    try:
        parts = urlsplit(text)
        bare = not (parts.query or parts.fragment or "@" in parts.netloc)
        known = parts.scheme in ("http", "https") and bare and VISIBLE.fullmatch(text)
        # Whoever asks for the address of a name encodes it so, and fails with no OSError.
        named = known and parts.hostname and parts.hostname.encode("idna")
        if named and (parts.port is None or parts.port > 0):
            return text.rstrip("/")
    except ValueError as error:
        raise unusable(text, f" ({error})") from error
    raise unusable(text)


def unusable(text: str, reason: str = "") -> ConfigurationError:
    """What to say of a URL that leads nowhere."""
    found = repr(hide_password(text))
    return ConfigurationError(
        f"--url: found {found}{reason}; allowed: http://HOST:PORT or https://…, "
        "with a port from 1 to 65535"
    )
