"""The command line: bin/bench [--quick | --full] [SECTION …]."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.effort import FULL, NORMAL, QUICK, TINY
from benchmarks.load import CONNECTIONS, Generator, generator_at_hand
from benchmarks.machine import LOAD_CORE, description, pin
from benchmarks.process import ROOT
from benchmarks.report import Result, as_json, as_text, encode
from benchmarks.rounds import Bench

SECTIONS = ("reads", "rates", "events", "growth", "imports", "start", "stream")
ASIDE = ("metrics",)
"""Sections that a whole run leaves out, because they compare movieserver with itself."""
ON_ENGINES = ("cassandra", "kafka", "freshness", "outage")
"""Sections that need engines; they run only if named."""
EFFORTS = {effort.name: effort for effort in (TINY, QUICK, NORMAL, FULL)}


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=", ".join((*SECTIONS, *ASIDE, *ON_ENGINES))
    )
    effort = parser.add_mutually_exclusive_group()
    for name, text in {
        "tiny": "a few seconds, to see that it runs",
        "quick": "a minute or so, for a rough idea",
        "full": "five million events; a quarter of an hour",
    }.items():
        effort.add_argument(f"--{name}", dest="effort", action="store_const", const=name, help=text)
    parser.add_argument("--generator", choices=("wrk", "own"), default=generator_at_hand())
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="where the JSON goes [benchmarks/results.json for a whole run, else latest.json]",
    )
    parser.set_defaults(effort=NORMAL.name)
    return parser


def arguments(argv: list[str]) -> argparse.Namespace:
    """The parsed command line."""
    parser = make_parser()
    chosen = parser.parse_args(argv)
    known = (*SECTIONS, *ASIDE, *ON_ENGINES)
    for name in set(chosen.sections) - set(known):
        parser.error(f"no section {name!r}; there are: {', '.join(known)}")
    if chosen.output is None:
        whole = not chosen.sections and chosen.effort in (NORMAL.name, FULL.name)
        chosen.output = ROOT / "benchmarks" / ("results.json" if whole else "latest.json")
    return chosen


def main() -> int:
    """Run the sections, print each result as its section ends, and write them all to a file."""
    chosen = arguments(sys.argv[1:])
    pin(LOAD_CORE)
    started = time.monotonic()
    report = heading(chosen.effort, chosen.generator)
    print(f"# Benchmarks of {report['date']}\n\n{summary(report)}\n", flush=True)
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="movieserver-bench-") as folder:
        bench = Bench(EFFORTS[chosen.effort], Path(folder), chosen.generator)
        for name in chosen.sections or SECTIONS:
            result = section(name)(bench)
            results[name] = as_json(result)
            print(as_text(result), flush=True)
    report |= {"seconds": round(time.monotonic() - started), "sections": results}
    chosen.output.write_text(encode(report), "utf-8")
    print(f"{report['seconds']} s; written to {chosen.output}")
    return 0


def section(name: str) -> Callable[[Bench], Result]:
    """The function that runs a section; its module is imported only when its turn comes."""
    package = "benchmarks.on_engines" if name in ON_ENGINES else "benchmarks"
    run: Callable[[Bench], Result] = import_module(f"{package}.{name}").run
    return run


def heading(effort: str, generator: Generator) -> dict[str, Any]:
    """What is run, and on what machine."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "effort": effort,
        "load": {"generator": generator, "connections": CONNECTIONS},
        "machine": description(),
    }


def summary(report: Mapping[str, Any]) -> str:
    """The heading as a few lines of text."""
    machine, load = report["machine"], report["load"]
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    cores = machine["cores"]
    return (
        f"{machine['processor']}, {cores['all']} cores: servers on {cores['servers']}, load on "
        f"{cores['load']}. Linux {machine['kernel']}, Python {machine['python']}, SQLite "
        f"{machine['sqlite']}, {libraries}.\nLoad by {load['generator']}, {load['connections']} "
        f"connections; medians of interleaved rounds, effort {report['effort']!r}."
    )


if __name__ == "__main__":
    sys.exit(main())
