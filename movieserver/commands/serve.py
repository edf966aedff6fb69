"""Run a profile of movieserver: one process, or several on one port."""

import argparse
import asyncio
import logging
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

from movieserver.commands.options import add_profile_options, profile_of
from movieserver.composition.check_report import describe
from movieserver.declarations import ROLES
from movieserver.logs import configure_logging
from movieserver.metrics.siblings import Siblings
from movieserver.process import garbage
from movieserver.process.presence import present
from movieserver.process.sockets import is_shared, reserved
from movieserver.process.supervisor import FOLDER, VARIABLE, Supervisor
from movieserver.profile import Profile
from movieserver.server import Server
from movieserver.urls import Host

log = logging.getLogger(__name__)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)
    parser.add_argument("--listen", metavar="HOST:PORT", help="address to listen on")
    parser.add_argument("--processes", metavar="N", help="run N processes on the same port")
    parser.add_argument(
        "--check", action="store_true", help="validate the profile, print what would run, and exit"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    profile = profile_of(arguments)
    described = describe(profile)  # Refuses what cannot run, before anything is made.
    if arguments.check:
        print(described)
        return 0
    configure_logging(profile.log.level, profile.log.format)
    if VARIABLE not in os.environ and is_shared(profile.host, profile.port):
        log.warning(
            "another process already listens on %s, and this one takes a share of its "
            "connections; unless both serve the same stores, stop one of them",
            Host(profile.host, profile.port),
        )
    if profile.processes > 1:
        with reserved(profile.host, profile.port) as port:
            return Supervisor(profile.processes, child(arguments, profile, port)).run()
    asyncio.run(serve(profile))
    return 0


def child(arguments: argparse.Namespace, profile: Profile, port: int) -> list[str]:
    """The arguments of one of several processes on ``port``."""
    line = ["--profile", str(arguments.profile), "--data", str(profile.data)]
    line += ["--listen", str(Host(profile.host, port)), "--processes", "1"]
    for role in ROLES:
        if value := getattr(arguments, role):
            line += [f"--{role}", value]
    return line


async def serve(profile: Profile) -> None:
    """Start the server, wait for a signal, stop the server; a signal interrupts even the start.

    The same signal again ends the process at once.
    """
    server = Server(profile, siblings())
    serving = asyncio.create_task(serve_until_cancelled(server))
    loop = asyncio.get_running_loop()

    def interrupted(number: int) -> None:
        serving.cancel()
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, interrupted, number)

    def orphaned() -> None:
        loop.remove_reader(sys.stdin)  # at its end it stays readable
        serving.cancel()

    if VARIABLE in os.environ:
        loop.add_reader(sys.stdin, orphaned)
    try:
        await serving
    except asyncio.CancelledError:
        log.info("stopping")
    finally:
        await server.stop()


async def serve_until_cancelled(server: Server) -> None:
    """Start the server, say where it listens, and wait to be cancelled."""
    urls = await server.start()
    garbage.freeze()
    with present(server.profile.data, urls):
        if os.environ.get(VARIABLE, "0") == "0":
            announce(server.profile, urls)
        await asyncio.Event().wait()


def siblings() -> Siblings | None:
    """The processes on the same port, if a supervisor started this one."""
    folder = os.environ.get(FOLDER)
    return Siblings(Path(folder), os.environ[VARIABLE]) if folder else None


def announce(profile: Profile, urls: list[str]) -> None:
    """Print where the server listens and, if the profile makes its own secret, what to try."""
    for url in urls:
        print(f"movieserver {profile.name}: listening on {url}", flush=True)
    if profile.make_secret and profile.auth.source is None:
        print(tour(profile, urls[0]), flush=True)


def command() -> str:
    """How this program was called, ready to be pasted into a shell."""
    if called := os.environ.get("MOVIESERVER_COMMAND"):
        return shlex.quote(called)
    if shutil.which("movieserver"):
        return "movieserver"
    script = Path(sys.argv[0])
    if script.name == "movieserver":
        return shlex.quote(str(script.absolute()))
    return f"{shlex.quote(sys.executable)} -m movieserver"


def tour(profile: Profile, url: str) -> str:
    """The first things to try with what the profile serves, ready to be pasted into a shell."""
    token = f"{command()} token --user alice --data {shlex.quote(str(profile.data))}"
    bearer = f'-H "Authorization: Bearer $({token})"'
    calls = {
        "bestpictures": f"curl '{url}/movies/bestpictures?title=Parasite'",
        "rates": f"curl --json '{{\"rate\": 9}}' {bearer} {url}/movies/tt6751668/users/rate",
        "top10": f"curl {url}/movies/top10",
    }
    served = {use.resource.name for use in profile.handlers}
    lines = [call for name, call in calls.items() if name in served]
    return "\n".join(["", f"A token for a user:  {token}", "", *lines, ""])
