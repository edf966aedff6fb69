"""A client that a generator makes of /openapi.json works, as docs/api.md says."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from httpx import Timeout

from tests.processes import PATIENCE, Process, eventually, token

PACKAGE = "movieserver_client"


@pytest.fixture
def generated(server: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the generator said; the client can be imported then."""
    description = tmp_path / "openapi.json"
    description.write_bytes(server.get("/openapi.json").content)
    generator = [str(Path(sys.executable).with_name("openapi-python-client")), "generate"]
    options = ["--path", str(description), "--output-path", str(tmp_path / PACKAGE)]
    options += ["--meta", "none", "--fail-on-warning"]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(
        [*generator, *options], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    return done.stdout


def call(path: str, **arguments: Any) -> Any:
    """What the generated function at ``path`` makes of the server's answer."""
    return import_module(f"{PACKAGE}.api.{path}").sync_detailed(**arguments)


def test_a_generated_client_works(server: Process, generated: str) -> None:
    assert "Generating" in generated
    package, models = import_module(PACKAGE), import_module(f"{PACKAGE}.models")
    where: dict[str, Any] = {"base_url": server.url, "timeout": Timeout(PATIENCE)}
    alice = package.AuthenticatedClient(token=token(server.data, "alice"), **where)
    anybody = package.Client(**where)
    with alice, anybody:
        nominee = call("films.find_nominee", client=anybody, title="12 angry men").parsed
        assert (nominee.id, nominee.year, nominee.won) == ("tt0050083", "1957 (30th)", False)
        shared = call("films.find_nominee", client=anybody, title="mutiny on the bounty").parsed
        assert [other.year for other in shared.alternatives] == ["1962 (35th)"]
        missed = call("films.find_nominee", client=anybody, title="Parasit")
        assert (missed.status_code, missed.parsed.suggestions[0].title) == (404, "Parasite")

        rate = {"id": "tt0050083", "client": alice}
        given = call("rates.rate_movie", body=models.NewRate(rate=9), **rate)
        assert (given.status_code, given.parsed.rate) == (200, 9)
        assert call("rates.own_rate", **rate).parsed.rate == 9
        listed = call("rates.own_rates", client=alice, limit=5).parsed
        assert [(each.movie_id, each.rate) for each in listed.result] == [("tt0050083", 9)]
        assert listed.result[0].rated_at.utcoffset() is not None
        assert call("rates.remove_rate", **rate).status_code == 204
        assert call("rates.own_rate", **rate).parsed.title == "Not Found"

        assert len(call("films.top_ten", client=anybody).parsed.result) == 10
        film = {"client": anybody, "id": "tt0050083"}
        eventually(lambda: call("films.movie", **film).parsed.distribution == [0] * 10)
        assert call("operation.ready", client=anybody).parsed.ready is True
