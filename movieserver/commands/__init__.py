"""The command line: one file per command; ``serve`` runs if no command is named."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from keyword import iskeyword
from typing import Any

from movieserver import __version__
from movieserver.commands.output import Output, OutputError, discard_unwritable
from movieserver.errors import ConfigurationError, MovieserverError
from movieserver.logs import configure_logging

COMMANDS = {
    "serve": "run a profile (the default command)",
    "token": "print a token for a user, signed with the data folder's secret",
    "status": "show the state of a running server: stores, memory, what is on its way",
    "migrate": "create the schema of the profile's stores, or bring it up to date",
    "import": "load nominees, movies or rates from a file",
    "export": "write a user's rates as CSV, in our layout or another site's",
    "erase": "take back all rates of a user",
    "audit": "compare every average with the rates behind it",
    "rebuild": "recompute every average from the rate store, while servers keep running",
    "replay": "apply the topic's events again from a given point",
}
FAILED, MISCONFIGURED, INTERRUPTED, UNREAD = 1, 2, 130, 141
"""Exit statuses: something does not work; the command line or the profile is wrong; then, as in
shells, Ctrl-C and nobody reading the output."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that ``argv`` names and return the exit status."""
    errors = sys.stderr or Output(None)  # None if the process was started with it closed
    try:
        with redirect_stdout(Output(sys.stdout)) as output, output, redirect_stderr(errors):
            return dispatch(list(sys.argv[1:] if argv is None else argv))
    except OutputError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            return UNREAD
        print(f"movieserver: {error}", file=sys.stderr)
        return FAILED
    finally:
        discard_unwritable()


def dispatch(arguments: list[str]) -> int:
    """Run the command that ``arguments`` begins with, or ``serve``."""
    if arguments[:1] == ["--version"]:
        print(f"movieserver {__version__}")
        return 0
    if not arguments or arguments[0].startswith("-"):
        arguments.insert(0, "serve")
    if arguments[0] not in COMMANDS:
        print(f"movieserver: unknown command {arguments[0]!r}; {summary()}", file=sys.stderr)
        return MISCONFIGURED
    return run(arguments[0], arguments[1:])


def run(name: str, arguments: Sequence[str]) -> int:
    """Run a command; one of our errors, or Ctrl-C, becomes a line and an exit status."""
    try:
        configure_logging()
        return int(module_of(name).run(parser_of(name).parse_args(arguments)))
    except ConfigurationError as error:
        print(f"movieserver: {error}", file=sys.stderr)
        return MISCONFIGURED
    except MovieserverError as error:
        print(f"movieserver: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("movieserver: interrupted", file=sys.stderr)
        return INTERRUPTED


def module_of(name: str) -> Any:
    """The module of a command: ``configure`` declares its options, ``run`` runs it."""
    return import_module(f"movieserver.commands.{name}{'_' * iskeyword(name)}")


def parser_of(name: str) -> argparse.ArgumentParser:
    """The parser of a command's arguments."""
    command = module_of(name)
    parser = argparse.ArgumentParser(
        prog="movieserver" if name == "serve" else f"movieserver {name}",
        description=command.__doc__,
        epilog=summary() if name == "serve" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.configure(parser)
    return parser


def summary() -> str:
    """The commands, one per line."""
    lines = [f"  {name:9} {text}" for name, text in COMMANDS.items()]
    return "\n".join(["commands (for details: movieserver COMMAND --help):", *lines])
