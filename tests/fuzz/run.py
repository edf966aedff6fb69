"""One server of a profile, and Schemathesis against it."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection
from pathlib import Path

from tests.processes import Process, token

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
BLOCK = re.compile(r"^(?=\[\[operations\]\])", re.MULTILINE)
ROOT = Path(__file__).parents[2]
HOOKS = {"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.fuzz.checks"}
LIMITED = str(Path(__file__).with_name("limited.yaml"))
"""The profile with quotas and with pages of other origins; they are of ``ORIGIN``."""
ORIGIN = "https://films.example"
SLOWEST = "1"
"""Seconds within which every answer has to come."""


def fuzz(profile: str, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """What Schemathesis says of a server of ``profile`` with its data in ``folder``.

    ``options`` are more options of ``st run``. Raises ``AssertionError`` where the server logs a
    traceback or does not end well.
    """
    data = folder / "data"
    token(data, "fuzz")  # makes the secret, which the profile rating does not
    server = Process("--profile", profile, data=data)
    try:
        ended = subprocess.run(
            [*command(server, folder), *options],
            cwd=folder, env=os.environ | HOOKS, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        status = server.terminate()
    output = "".join(server.output)
    assert status == 0, output
    assert "Traceback" not in output, output
    return ended


def command(server: Process, folder: Path) -> list[str]:
    """Every check on every call; a configuration for it goes into ``folder``.

    A filter that fits no call of the profile would be warned of as a slip.
    """
    paths = server.get("/openapi.json").json()["paths"]
    given = folder / CONFIGURATION.name
    given.write_text(configuration(paths), "utf-8")
    executable = Path(sys.executable).with_name("st")
    run = [str(executable), "--config-file", str(given), "run"]
    (authorization,) = (f"{name}: {value}" for name, value in server.bearer("fuzz").items())
    return [
        *run,
        f"{server.url}/openapi.json",
        *("--header", authorization),
        *("--header", f"Origin: {ORIGIN}"),
        *("--max-response-time", SLOWEST),
    ]


def configuration(paths: Collection[str]) -> str:
    """What ``schemathesis.toml`` says of a server with these paths."""
    general, *blocks = BLOCK.split(CONFIGURATION.read_text("utf-8"))
    return general + "".join(
        block
        for block in blocks
        for operations in tomllib.loads(block)["operations"]
        if operations.get("include-path") in (None, *paths)
    )
