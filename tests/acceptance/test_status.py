"""``movieserver status`` of real servers, and of what is none."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from movieserver.commands.status import server_url, servers_on
from movieserver.errors import ConfigurationError
from movieserver.process.presence import present
from movieserver.status.server import Unreachable, ask, parse
from tests.conftest import Start
from tests.processes import COMMAND, PATIENCE, Process, environment, eventually, free_port, run


def status(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """What the command prints."""
    return subprocess.run(
        [*COMMAND, "status", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )


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


def test_nobody_there() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = status("--url", url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"movieserver: {url}/health/ready cannot be reached: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Welcome</title>",
        b"{}",
        b"[]",
        b'{"ready": true, "stores": [], "memory": {}}',
        b'{"ready": true, "stores": {"movies": "up"}, "memory": {}}',
        b'{"ready": true, "stores": {}, "memory": {"top10": {"loaded": true}}}',
        b'{"ready": true, "stores": {}, "memory": {}, "tokens": "up"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_another_program_there(body: bytes) -> None:
    with answering(body) as url, pytest.raises(Unreachable) as caught:
        ask(url, None, PATIENCE)
    assert str(caught.value) == (
        f"{url} answers 200, but not as movieserver with the handler 'health' does"
    )


@pytest.mark.parametrize("text", ["<!doctype html>", "{", 'a{b="c",\t="d"} 5'])
def test_metrics_that_cannot_be_read_are_none(text: str) -> None:
    assert parse(text) == {}


def test_an_answer_that_is_cut_off() -> None:
    with answering(b"{", status=503, length=100) as url:
        done = status("--url", url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"movieserver: {url}/health/ready cannot be reached: ")
    assert "Traceback" not in done.stderr


def test_a_server_that_gives_no_metrics_in_time_is_reached_all_the_same() -> None:
    body = b'{"ready": true, "stores": {"movies": {"up": true}}, "memory": {}}'
    with answering(body, silent="/metrics") as url:
        done = status("--url", url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  store movies      up\n" in done.stdout
    assert f"  metrics           none: {url}/metrics cannot be reached: " in done.stdout


def test_of_several_servers_the_worst_is_the_exit_status(data: Path) -> None:
    data.mkdir()
    ready = b'{"ready": true, "stores": {}, "memory": {}}'
    gone = f"http://127.0.0.1:{free_port()}"
    with (
        answering(ready, silent="/metrics") as good,
        answering(ready.replace(b"true", b"false"), silent="/metrics") as bad,
        present(data, [good]),
        present(data, [bad]),
    ):
        two = status("--data", str(data))
        with present(data, [gone]):
            three = status("--data", str(data))
    assert (two.returncode, three.returncode) == (1, 2)
    for done in (two, three):
        assert f"{good}  ready\n" in done.stdout
        assert f"{bad}  not ready\n" in done.stdout
    assert two.stderr == ""
    assert three.stderr.startswith(f"movieserver: {gone}/health/ready cannot be reached: ")


def test_a_token_is_not_shown_to_whom_a_server_redirects_to() -> None:
    with answering(b"", status=302, location="http://127.0.0.1:1/elsewhere") as url:
        done = status("--url", url, "--token", "a.b.c")
    assert (done.returncode, done.stdout) == (2, "")
    assert "answers 302, but not as movieserver" in done.stderr


def test_somebody_else_there(start: Start) -> None:
    server = start("--profile", "dev")
    done = status("--url", f"{server.url}/movies")
    assert done.returncode == 2
    assert "answers 404, but not as movieserver" in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8080",
        "ftp://127.0.0.1:8080",
        "http://",
        "http://:8080",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1:port",
        "http://[::1",
        "http://films..example",
        "http://127.0.0.1/häalth",
        "http://127.0.0.1:8080?a=b",
        "http://two words",
        "http://ann:hidden@127.0.0.1:8080",
    ],
)
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        server_url(url)
    message = str(caught.value)
    assert message.startswith(f"--url: found {url.replace('hidden', '***')!r}")
    assert message.endswith("; allowed: http://HOST:PORT or https://…, with a port from 1 to 65535")


def test_a_port_that_is_out_of_range_is_said() -> None:
    done = status("--url", "http://127.0.0.1:99999")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "movieserver: --url: found 'http://127.0.0.1:99999' (Port out of range 0-65535); "
        "allowed: http://HOST:PORT or https://…, with a port from 1 to 65535\n"
    )


def test_a_token_that_is_none() -> None:
    done = status("--token", "two\nlines")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "movieserver: --token or MOVIESERVER_TOKEN: found characters that no token has\n"
    )


@contextmanager
def answering(
    body: bytes, status: int = 200, length: int | None = None, location: str = "", silent: str = ""
) -> Iterator[str]:
    """The URL of a server that has one answer to everything, of another ``length`` than it says.

    It gives none at the path ``silent``.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == silent:
                return
            self.send_response(status)
            self.send_header("Content-Length", str(length or len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
