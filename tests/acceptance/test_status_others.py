"""``movieserver status`` of what is no server of ours, or none that answers as one should."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from movieserver.commands.status import server_url
from movieserver.errors import ConfigurationError
from movieserver.process.presence import present
from movieserver.status.server import Unreachable, ask, parse
from tests.conftest import Start
from tests.processes import PATIENCE, free_port, status


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
