"""The benchmarks run from end to end, and tell every figure that they are asked for."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import load, metrics
from benchmarks.effort import TINY
from benchmarks.machine import description
from benchmarks.process import ROOT, ServerProcess
from benchmarks.reads import contender, look_up, write_data
from benchmarks.report import Result, Target, as_json, as_text, ratio
from benchmarks.rounds import Bench

FIGURES = {
    "reads": {
        "server": (
            {
                "movieserver --profile public",
                "Tornado, RequestHandler",
                "FastAPI on uvicorn",
                "aiohttp on uvloop",
            },
            {"look-ups/s", "look-ups p99 ms", "top tens/s", "top tens p99 ms"},
        )
    },
    "rates": {
        "server": (
            {
                "movieserver --profile rating, its relay on",
                "the same front, fixed bytes",
                "FastAPI, PyJWT, a transaction a request",
                "SqliteRateStore.put, 64 tasks, no HTTP",
                "sqlite3, 64 rows a transaction, no HTTP",
            },
            {"rates/s", "p99 ms", "announced s later"},
        )
    },
    "events": {
        "consumer": (
            {"batch 1", "batch 10,000 (the default)", "publishing, 1,000 a call"},
            {"first tenth/s", "all/s", "slowest tenth/s", "last tenth/s"},
        )
    },
    "growth": {
        "over HTTP": (
            {"621 nominees, 7,508 movies", "1,242 nominees, 15,016 movies"},
            {"look-ups/s", "look-ups p99 ms", "top tens/s", "top tens p99 ms"},
        ),
        "title index": (
            {"621 nominees, 7,508 movies", "1,242 nominees, 15,016 movies"},
            {"made s", "found µs", "suggested ms"},
        ),
        "refresh after one rate": (
            {"621 nominees, 7,508 movies", "1,242 nominees, 15,016 movies"},
            {"stored view ms", "top ten in memory ms"},
        ),
    },
    "imports": {
        "file": ({"rates", "movies"}, {"rows/s", "processor µs a row", "peak MB"}),
    },
    "start": {
        "process": (
            {"movieserver --profile dev"},
            {
                "first start, empty folder, s",
                "second start, s",
                "resident after the start, MB",
                "resident after the requests, MB",
            },
        )
    },
    "stream": {
        "rate to event": ({"one listener, 200 posts/s"}, {"median s", "p99 s", "max s"}),
        "idle listeners": ({"200"}, {"resident kB each", "rate to the last one's event s"}),
    },
}
"""Rows and columns of each table of each section."""
TARGETS = {
    "reads": 4,
    "rates": 2,
    "events": 3,
    "growth": 3,
    "imports": 2,
    "start": 4,
    "stream": 2,
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What a tiny run prints, and the JSON that it writes."""
    output = tmp_path_factory.mktemp("benchmarks") / "results.json"
    line = ["-m", "benchmarks", "--tiny", "--generator", "own", "--output", str(output)]
    run = subprocess.run(
        [sys.executable, *line], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout, json.loads(output.read_text("utf-8"))


@pytest.mark.parametrize("section", FIGURES)
def test_every_figure_is_written(written: tuple[str, dict[str, Any]], section: str) -> None:
    found = written[1]["sections"][section]
    assert {
        name: (set(table), {column for row in table.values() for column in row})
        for name, table in found["tables"].items()
    } == FIGURES[section]
    figures = [f for t in found["tables"].values() for row in t.values() for f in row.values()]
    assert all(figure["median"] > 0 and figure["rounds"] for figure in figures)
    assert len(found["targets"]) == TARGETS[section]
    assert {target["verdict"] for target in found["targets"]} <= {"met", "short"}


@pytest.mark.parametrize("section", FIGURES)
def test_every_figure_is_printed(written: tuple[str, dict[str, Any]], section: str) -> None:
    text, report = written
    for rows, columns in FIGURES[section].values():
        assert all(name in text for name in rows | columns)
    assert all(target["name"] in text for target in report["sections"][section]["targets"])


def test_it_says_what_it_ran_on(written: tuple[str, dict[str, Any]]) -> None:
    _, report = written
    assert report["machine"] == description()
    assert report["machine"]["libraries"].keys() >= {"tornado", "fastapi", "uvloop", "aiohttp"}
    assert report["load"] == {"generator": "own", "connections": 64}
    assert report["effort"] == "tiny"


def test_the_median_is_told_and_every_round_kept() -> None:
    result = Result("T", {"t": {"a": {"x/s": [3.0, 1.0, 200_000.123]}, "b": {"y": [0.5]}}})
    assert as_json(result)["tables"]["t"]["a"]["x/s"] == {
        "median": 3.0,
        "rounds": [3.0, 1.0, 200_000.0],
    }
    assert as_text(result).splitlines()[2:] == [
        "| t | x/s |   y |",
        "| - | --: | --: |",
        "| a |   3 |     |",
        "| b |     | 0.5 |",
    ]


def test_targets_are_met_at_the_bound_and_short_beyond_it() -> None:
    assert Target("", 1.25, at_least=1.25).verdict == "met"
    assert Target("", 1.24, at_least=1.25).verdict == "short"
    assert Target("", 80.0, at_most=80).verdict == "met"
    assert Target("", 80.1, at_most=80).verdict == "short"
    assert ratio([1.0, 9.0, 6.0], [3.0]) == 2.0


def test_a_load_of_refused_requests_is_no_measurement(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data.json", [], [])
    requests = load.write_requests(tmp_path / "requests", [load.get(look_up("Casablanca"))])
    refused = pytest.raises(RuntimeError, match="requests failed")
    with contender("tornado_reads", str(data), folder=tmp_path) as server, refused:
        load.run_load("own", server.port, requests, 0.1)


def test_a_server_that_does_not_start_shows_what_it_printed(tmp_path: Path) -> None:
    server = ServerProcess("http.server", "--nonsense", ready="/", log=tmp_path / "log")
    with pytest.raises(RuntimeError, match="unrecognized arguments"), server:
        pass


def test_what_metrics_cost_is_measured(tmp_path: Path) -> None:
    result = metrics.run(Bench(TINY, tmp_path, "own"))
    [table] = result.tables.values()
    assert set(table) == set(metrics.PROFILES)
    assert all(min(figures) > 0 for row in table.values() for figures in row.values())
    assert len(result.targets) == 4
