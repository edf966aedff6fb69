"""Tell how a running server is: its stores, its memory, what is on its way, its version.

Exits 0 if it is ready, 1 if it is not, 2 if it cannot be reached. Asks /health/ready and /metrics.
"""

import argparse
import os
import sys

from movieserver.errors import ConfigurationError
from movieserver.status import Unreachable, ask, screen

UNREACHABLE = 2
"""Exit status where nobody of ours answers."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--url",
        default="http://127.0.0.1:8080",
        help="where the server is [http://127.0.0.1:8080]",
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
    url = arguments.url.rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"--url: found {url!r}; allowed: http://HOST:PORT or https://…")
    if not 0 < arguments.timeout <= 3600:
        raise ConfigurationError("--timeout: more than 0 seconds, at most 3600")
    try:
        status = ask(url, arguments.token, arguments.timeout)
    except Unreachable as error:
        print(f"movieserver: {error}", file=sys.stderr)
        return UNREACHABLE
    print("\n".join(screen(url, status)))
    return 0 if status.ready else 1
