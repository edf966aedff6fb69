"""The command line of bin/engines."""

import argparse
import fcntl
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from engines.cassandra import Cassandra
from engines.engine import Engine
from engines.errors import EngineError
from engines.issuer import Issuer
from engines.kafka import Kafka
from engines.packages import say
from engines.postgres import Postgres

ENGINES = {kind.name: kind for kind in (Kafka, Cassandra, Postgres, Issuer)}
HERE = Path(__file__).parent

EXAMPLES = """\
examples:
  bin/engines up                      everything; prints the environment to use
  eval "$(bin/engines up)"            and uses it; then: bin/movieserver migrate
  bin/engines up kafka --nodes 3      on 127.0.0.1, .2 and .3
  bin/engines kill kafka 2            a node's end by SIGKILL; then: start kafka 2
  bin/engines wipe                    stops everything and removes its data
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit status."""
    options = parser().parse_args(arguments)
    try:
        options.run.mkdir(parents=True, exist_ok=True)
        # One at a time: two commands that start the same engine would both find its port free.
        with (options.run / "lock").open("w") as lock:
            if options.action is not print_status:
                fcntl.flock(lock, fcntl.LOCK_EX)
            options.action(options)
    except (EngineError, OSError) as error:
        say(f"bin/engines: {error}")
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    whole = argparse.ArgumentParser(
        prog="bin/engines",
        description="Starts and stops the real servers that movieserver is tested against.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kept = Path(os.environ.get("MOVIESERVER_ENGINES", HERE / "run"))
    whole.add_argument(
        "--run",
        type=lambda text: Path(text).resolve(),
        default=kept.resolve(),
        metavar="DIR",
        help="where data and logs are ($MOVIESERVER_ENGINES, or else %(default)s)",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    several = {
        "fetch": (fetch, "bring the servers, start nothing"),
        "up": (up, "start what does not run, wait until it answers"),
        "down": (down, "stop in the orderly way; the data stays"),
        "status": (print_status, "what runs and answers"),
        "wipe": (wipe, "stop and remove the data"),
    }
    for name, (action, text) in several.items():
        command = commands.add_parser(name, help=text)
        command.set_defaults(action=action)
        command.add_argument("engines", nargs="*", choices=[[], *ENGINES], metavar="ENGINE")
        if action is up:
            command.add_argument("--nodes", type=int, choices=(1, 3), help="of Kafka and Cassandra")
            command.add_argument("--port", type=port, help="of the one ENGINE")
    single = {
        "start": (start, "start one node, wait until it answers"),
        "stop": (stop, "stop one node in the orderly way"),
        "kill": (kill, "end one node as a power cut would"),
        "pause": (pause, "make one node hang: connections stay open, nothing answers"),
        "resume": (resume, "let a paused node go on"),
    }
    for name, (one, text) in single.items():
        command = commands.add_parser(name, help=text)
        command.set_defaults(action=one)
        command.add_argument("engine", choices=ENGINES)
        command.add_argument("node", type=int, nargs="?", default=1)
    return whole


def port(text: str) -> int:
    """The number of a port, with room around it for the engine's other ports."""
    number = int(text)
    if not 4096 <= number <= 65_000:
        raise argparse.ArgumentTypeError("must be from 4096 to 65000")
    return number


def chosen(options: argparse.Namespace) -> list[Engine]:
    """The engines that the command line names, or all if it names none."""
    return [ENGINES[name](options.run) for name in options.engines or ENGINES]


def fetch(options: argparse.Namespace) -> None:
    for engine in chosen(options):
        engine.fetch()


def up(options: argparse.Namespace) -> None:
    engines = chosen(options)
    if options.port and len(engines) > 1:
        raise EngineError("--port needs the one ENGINE that it is for")
    for engine in engines:
        nodes = options.nodes if engine.clustered or len(engines) == 1 else None
        engine.up(nodes, options.port)
    for engine in engines:
        for name, value in engine.environment().items():
            print(f"export {name}={shlex.quote(value)}")


def down(options: argparse.Namespace) -> None:
    for engine in chosen(options):
        engine.down()


def wipe(options: argparse.Namespace) -> None:
    for engine in chosen(options):
        engine.wipe()


def print_status(options: argparse.Namespace) -> None:
    for engine in chosen(options):
        print("\n".join(map(engine.status, engine.nodes)) or f"{engine.name}: not there")


def start(options: argparse.Namespace) -> None:
    ENGINES[options.engine](options.run).start(options.node)


def stop(options: argparse.Namespace) -> None:
    engine = ENGINES[options.engine](options.run)
    engine.node(options.node).stop(engine.stop_signal)


def kill(options: argparse.Namespace) -> None:
    ENGINES[options.engine](options.run).node(options.node).stop(signal.SIGKILL)


def pause(options: argparse.Namespace) -> None:
    ENGINES[options.engine](options.run).node(options.node).signal(signal.SIGSTOP)


def resume(options: argparse.Namespace) -> None:
    ENGINES[options.engine](options.run).node(options.node).signal(signal.SIGCONT)


if __name__ == "__main__":
    sys.exit(main())
