"""``movieserver status`` of real servers."""

from pathlib import Path

import pytest

from movieserver.commands.status import servers_on
from movieserver.errors import ConfigurationError
from tests.conftest import Start
from tests.processes import Process, eventually, free_port, run, status


def test_a_server_that_is_ready(start: Start) -> None:
    server = start("--profile", "dev")
    server.rate("alice", "tt6751668", 9)
    eventually(lambda: server.get("/movies/tt6751668").json()["rate_count"] == 1)
    done = status("--url", server.url + "/")
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[0] == f"{server.url}  ready"
    assert "profile           dev" in lines
    assert [line for line in lines if line.startswith("store ")] == [
        f"store {name:11} up" for name in ("movies", "rates", "events")
    ]
    assert "pending           0 rates stored and not yet announced" in lines
    assert "lag               0 events announced and not yet applied" in lines
    assert len([line for line in lines if line.startswith("memory ") and " s old" in line]) == 4
    assert any(line.startswith("version           movieserver ") for line in lines)
    assert any(line.endswith("since the start, 0 answered 5xx") for line in lines)


def test_all_servers_of_a_data_folder(start: Start, data: Path) -> None:
    start("--profile", "dev")
    servers = [start("--profile", name) for name in ("public", "rating", "consumer")]
    killed = servers.pop()
    killed.kill()
    done = status("--data", str(data))
    titles = [line for line in done.stdout.splitlines() if line.startswith("http")]
    assert (done.returncode, done.stderr) == (0, "")
    assert len(titles) == 3
    assert {f"{server.url}  ready" for server in servers} < set(titles)


def test_a_data_folder_that_can_be_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder, found in ((file, ", a file; allowed: a folder"), ("x" * 5000, "")):
        done = status("--data", str(folder))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("movieserver: --data: found '")
        assert found in done.stderr


def test_an_unset_variable_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("status", "audit", "--profile=dev"):
        done = run(command, data="")
        assert (done.returncode, done.stdout) == (2, "")
        assert "argument --data: the folder has no name" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_may_not_be_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(folder: Path) -> list[str]:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("movieserver.commands.status.running", refused)
    with pytest.raises(ConfigurationError, match=r"--data: Permission denied: '.*data'"):
        servers_on(data)


def test_no_server_runs_on_a_data_folder(start: Start, data: Path) -> None:
    server = start("--profile", "dev")
    server.terminate()
    for folder in (data, data / "absent"):
        done = status("--data", str(folder))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"movieserver: no running server uses {folder}\n"
    assert not (data / "absent").exists()


def test_a_server_that_is_not_ready(start: Start, tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text(
        "profile: mine\nlisten: 127.0.0.1:0\n"
        f"stores: {{events: 'kafka://127.0.0.1:{free_port()}'}}\n"
        "handlers: {health: {access: public}}\n"
    )
    server = start("--profile", str(profile))
    done = status("--url", server.url)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{server.url}  not ready\n")
    assert "store events      DOWN: " in done.stdout
    assert "the profile has no handler 'metrics'" in done.stdout


def test_a_server_without_any_keys_to_check_tokens_with(start: Start, tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    url = f"http://127.0.0.1:{free_port()}/jwks"
    profile.write_text(
        "profile: mine\nlisten: 127.0.0.1:0\nstores: {rates: 'sqlite:///movieserver.db'}\n"
        f"auth: {{jwks_url: '{url}'}}\n"
        "handlers: {health: {access: public}, rates: {access: token}}\n"
    )
    server = start("--profile", str(profile))
    eventually(lambda: any(f"keys from {url}: " in line for line in server.output))
    ready = server.get("/health/ready")
    tokens = {"up": False, "reason": f"no keys yet from {url}"}
    assert (ready.status_code, ready.json()["tokens"]) == (503, tokens)
    done = status("--url", server.url)
    assert done.returncode == 1
    assert f"tokens            DOWN: no keys yet from {url}" in done.stdout


def guarded(start: Start, folder: Path, health: str) -> tuple[Process, str]:
    """A server whose metrics want a token, and such a token; ``health`` is for whom it is."""
    profile = folder / "mine.yaml"
    profile.write_text(
        "profile: mine\nlisten: 127.0.0.1:0\nmake_secret: true\n"
        f"handlers: {{health: {{access: {health}}}, metrics: {{access: token}}}}\n"
    )
    server = start("--profile", str(profile))
    return server, server.bearer("operator")["Authorization"].partition(" ")[2]


def test_metrics_behind_a_token(start: Start, tmp_path: Path) -> None:
    server, token = guarded(start, tmp_path, "public")
    assert "none: it wants a token; give one with --token" in status("--url", server.url).stdout
    assert "wants a token, but not this" in status("--url", server.url, "--token", "x.y.z").stdout
    assert "profile           mine" in status("--url", server.url, "--token", token).stdout


def test_health_behind_a_token(start: Start, tmp_path: Path) -> None:
    server, token = guarded(start, tmp_path, "token")
    done = status("--url", server.url)
    assert done.returncode == 2
    assert "answers 401: it wants a token; give one with --token" in done.stderr
    assert "profile           mine" in status("--url", server.url, "--token", token).stdout
