"""One server of a profile, and Schemathesis against it."""

import subprocess
import sys
from pathlib import Path

from tests.processes import Process, token

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
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
            [*command(server), *options], cwd=folder, capture_output=True, text=True, check=False
        )
    finally:
        status = server.terminate()
    output = "".join(server.output)
    assert status == 0, output
    assert "Traceback" not in output, output
    return ended


def command(server: Process) -> list[str]:
    """Every check on every call, but for the stream, which never ends."""
    executable = Path(sys.executable).with_name("st")
    run = [str(executable), "--config-file", str(CONFIGURATION), "run"]
    (authorization,) = (f"{name}: {value}" for name, value in server.bearer("fuzz").items())
    return [
        *run,
        f"{server.url}/openapi.json",
        *("--header", authorization),
        *("--header", f"Origin: {ORIGIN}"),
        *("--exclude-operation-id", "topTenStream"),
        *("--max-response-time", SLOWEST),
    ]
