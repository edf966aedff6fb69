"""Two handlers that want the same paths."""

import subprocess
import sys
from pathlib import Path

PROFILE = """
profile: twice
listen: 127.0.0.1:0
stores: {rates: "sqlite:///a.db", events: "sqlite:///a.db"}
handlers:
  rates: {access: token}
  "benchmarks.fixed:resource": {access: token}
auth: {secret: a-secret-that-is-long-enough-for-every-hash}
"""


def test_one_route_has_one_handler(tmp_path: Path) -> None:
    profile = tmp_path / "twice.yaml"
    profile.write_text(PROFILE)
    command = [sys.executable, "-m", "movieserver", "--profile", str(profile)]
    done = subprocess.run(
        [*command, "--data", str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"movieserver: {profile}: handlers.benchmarks.fixed:resource: ")
    assert "is that of handlers.rates already" in done.stderr
    assert "Traceback" not in done.stderr
