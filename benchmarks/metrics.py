"""Metrics: what counting, request ids and the lines of requests cost the public reads."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.load import get, write_requests
from benchmarks.process import movieserver
from benchmarks.reads import LOOK_UPS, TOP_TEN, loads, look_up, plain_nominees
from benchmarks.report import Result, Target, ratio
from benchmarks.rounds import Bench, interleaved

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
LEAST = 0.95
"""The part of the throughput that is to be left."""


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("metrics")
    look_ups = [get(look_up(nominee["title"])) for nominee in plain_nominees(LOOK_UPS)]
    kinds = {
        "look-ups": write_requests(folder / "look-ups", look_ups),
        "top tens": write_requests(folder / "top tens", [get(TOP_TEN)]),
    }
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(movieserver(written(folder, text), folder / "data", TOP_TEN))
            for name, text in PROFILES.items()
        }
        table = interleaved(
            bench.effort, {name: loads(bench, server, kinds) for name, server in servers.items()}
        )
    return Result("Metrics", {"public reads": table}, targets(table))


def written(folder: Path, profile: str) -> Path:
    """A file of its own for each profile."""
    path = folder / f"profile-{len(list(folder.glob('*.yaml')))}.yaml"
    path.write_text(profile)
    return path


def targets(table: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Target]:
    """What is asked for."""
    return [
        Target(f"{kind}: {ON} / {OFF}", ratio(table[ON][kind], table[OFF][kind]), LEAST)
        for kind in ("look-ups/s", "top tens/s")
    ]
