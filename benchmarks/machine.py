"""The cores that a run uses, and a description of the machine."""

import os
import platform
import re
import sqlite3
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
"""Where servers and stores run, and where the load comes from; the same if there is one core."""
LIBRARIES = (
    "tornado",
    "pyjwt",
    "fastapi",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "aiohttp",
)


def pin(core: int, pid: int = 0) -> None:
    """Keep a process on ``core``: the one with this id, or this one and its later children."""
    os.sched_setaffinity(pid, {core})


def on_server_core(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``work`` returns, called in a fresh process on the servers' core."""
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=pin, initargs=(SERVER_CORE,)
    ) as pool:
        return pool.submit(work, *args, **kwargs).result()


def resident_megabytes(pid: int) -> float:
    """The resident memory of a process (VmRSS)."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    if match is None:
        raise RuntimeError(f"/proc/{pid}/status tells no VmRSS")
    return int(match[1]) * 1024 / 1e6


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used so far, in user mode and in system calls."""
    # The process's clock, numbered as clock_getcpuclockid does: /proc only has hundredths.
    return time.clock_gettime(~pid << 3 | 2)


def description() -> dict[str, Any]:
    """What the figures depend on, besides the code."""
    return {
        "processor": _processor(),
        "cores": {"all": len(CORES), "servers": SERVER_CORE, "load": LOAD_CORE},
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    match = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match[1] if match else platform.machine()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
