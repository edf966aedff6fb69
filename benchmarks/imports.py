"""Imports: rates with their events, and films, from files into empty embedded stores."""

import csv
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from benchmarks.events import random_rates
from benchmarks.machine import CORES
from benchmarks.process import ROOT, environment
from benchmarks.report import Result, Target
from benchmarks.rounds import Bench
from movieserver.catalogue import shipped_movies

ROUNDS = 3
"""The most rounds: an import of a million rows takes long, and averages over itself."""
SPEED, EFFORT, PEAK = "rows/s", "processor µs a row", "peak MB"
Row = tuple[object, ...]


def run(bench: Bench) -> Result:
    """Measure."""
    folder = bench.made("imports")
    rows = {"rates": bench.effort.events, "movies": bench.effort.events * 3 // 4}
    write(folder / "rates.csv", ("user_id", "movie_id", "rate", "rated_at"), rates(rows["rates"]))
    write(folder / "movies.csv", ("id", "title", "year", "box_office_value"), films(rows["movies"]))
    table: dict[str, dict[str, list[float]]] = {kind: defaultdict(list) for kind in rows}
    for number in range(min(ROUNDS, bench.effort.rounds)):
        for kind, count in rows.items():
            file, data = folder / f"{kind}.csv", folder / str(number)
            line = ["import", kind, str(file), "--data", str(data)]
            seconds, processor, peak = spent(line, folder / "log")
            table[kind][SPEED].append(count / seconds)
            table[kind][EFFORT].append(processor / count * 1e6)
            table[kind][PEAK].append(peak)
    title = f"Imports, {rows['rates']:,} rates with their events and {rows['movies']:,} films"
    return Result(title, {"file": table}, targets(table))


def targets(table: dict[str, dict[str, list[float]]]) -> list[Target]:
    """The targets."""
    return [
        Target(f"{kind}, rows/s", median(table[kind][SPEED]), at_least=least)
        for kind, least in (("rates", 30_000), ("movies", 50_000))
    ]


def spent(line: list[str], log: Path) -> tuple[float, float, float]:
    """Run one of our commands; returns its seconds, processor seconds and peak megabytes.

    It may use every core: reading and writing are threads of one process. Raises ``RuntimeError``
    if it fails.
    """
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.sched_setaffinity(0, CORES)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-m", "movieserver", *line], environment())
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(f"movieserver {' '.join(line)} failed:\n{log.read_text()}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def write(path: Path, header: Row, rows: Iterable[Row]) -> None:
    """Write a CSV file as sites export it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def rates(count: int) -> Iterable[Row]:
    """Rates in random order, as in the combined histories of many users."""
    for rate in islice(random_rates(), count):
        yield rate.user_id, rate.movie_id, rate.rate, rate.rated_at.isoformat()


def films(count: int) -> Iterable[Row]:
    """The shipped films, repeated with other ids."""
    for number, movie in enumerate(islice(cycle(shipped_movies()), count)):
        yield f"tt{90_000_000 + number}", movie.title, movie.year, movie.box_office_value
