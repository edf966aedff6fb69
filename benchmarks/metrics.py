"""Metrics: what counting, request ids and the lines of requests cost the public reads."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.load import Load, get, write_requests
from benchmarks.machine import processor_seconds
from benchmarks.process import movieserver
from benchmarks.reads import LOOK_UPS, TOP_TEN, loads, look_up, plain_nominees
from benchmarks.report import Result, Target, ratio
from benchmarks.rounds import Bench, Measure, interleaved

PROFILE = """profile: measured
listen: 127.0.0.1:8080
shipped_data: true
stores: {movies: "sqlite:///movieserver.db"}
handlers:
  bestpictures: {access: public}
  top10: {access: public}
jobs: {refresh_nominees: , refresh_top10: }
"""
COUNTED = PROFILE.replace("jobs:", "  metrics: {access: public}\njobs:")
OFF, ON, ACCESS = "nothing is noted", "metrics, request ids, slow requests", "access log as well"
PROFILES = {
    OFF: PROFILE + "log: {format: json, request_ids: false, slow_request: }\n",
    ON: COUNTED + "log: {format: json}\n",
    ACCESS: COUNTED + "log: {format: json, access: true}\n",
}
LOOK_UP, TEN = "look-up", "top ten"
LEAST = 0.95
"""The part of the throughput that is to be left."""
FINER = 4
"""How many times the rounds of other sections: a difference of a twentieth is looked for."""


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("metrics")
    look_ups = [get(look_up(nominee["title"])) for nominee in plain_nominees(LOOK_UPS)]
    kinds = {
        LOOK_UP: write_requests(folder / "look-ups", look_ups),
        TEN: write_requests(folder / "top tens", [get(TOP_TEN)]),
    }
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(movieserver(written(folder, text), folder / "data", TOP_TEN))
            for name, text in PROFILES.items()
        }
        costs: dict[str, dict[str, list[float]]] = {}
        table = interleaved(
            finer(bench.effort),
            {
                name: {
                    kind: partial(costing, load, server.pid, costs.setdefault(name, {}), kind)
                    for kind, load in loads(bench, server, kinds).items()
                }
                for name, server in servers.items()
            },
        )
    return Result("Metrics", {"public reads": table, "processor": costs}, targets(costs))


def finer(effort: Effort) -> Effort:
    """More rounds, and shorter ones."""
    return replace(effort, rounds=FINER * effort.rounds, seconds=2 * effort.seconds / FINER)


def costing(
    load: Measure, pid: int, costs: dict[str, list[float]], kind: str, seconds: float
) -> Load:
    """What ``load`` measures; the processor's time for each request goes to ``costs``."""
    before = processor_seconds(pid)
    measured = load(seconds)
    used = (processor_seconds(pid) - before) / (measured.requests_per_second * seconds)
    costs.setdefault(f"µs a {kind}", []).append(used * 1e6)
    return measured


def written(folder: Path, profile: str) -> Path:
    """A file of its own for each profile."""
    path = folder / f"profile-{len(list(folder.glob('*.yaml')))}.yaml"
    path.write_text(profile)
    return path


def targets(costs: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Target]:
    """What is asked for, by the processor's time: a server at its limit gives what that lets it."""
    return [
        Target(f"{kind}: {OFF} / {noted}", ratio(costs[OFF][kind], costs[noted][kind]), LEAST)
        for noted in (ON, ACCESS)
        for kind in (f"µs a {LOOK_UP}", f"µs a {TEN}")
    ]
