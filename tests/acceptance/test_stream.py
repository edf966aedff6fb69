"""The top ten as server-sent events, over a real socket."""

import json
from pathlib import Path

import pytest
import requests

from movieserver.tokens.secret import make_secret
from tests.acceptance.test_stop import both
from tests.conftest import Start
from tests.processes import Process, eventually
from tests.streams import PATH, Stream

PROFILE = """\
profile: few
listen: 127.0.0.1:0
shipped_data: true
stores: {movies: "sqlite:///movieserver.db"}
handlers:
  top10: {access: public}
  top10_stream: {access: public, max_listeners: 2, heartbeat: 0.1, retry: 1234}
jobs:
  refresh_top10:
  refresh_weighted:
http: {idle_timeout: 1}
"""


@pytest.fixture
def few(start: Start, tmp_path: Path) -> Process:
    """A server with two places for listeners, heartbeats in haste, and little patience."""
    (tmp_path / "few.yaml").write_text(PROFILE)
    return start("--profile", str(tmp_path / "few.yaml"))


def test_the_present_state_comes_at_once_then_every_change(server: Process) -> None:
    with Stream(server) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["Cache-Control"] == "no-store"
        assert next(stream.blocks) == {"retry": "2000"}
        first = stream.event()
        assert first["event"] == "top10"
        assert json.loads(first["data"]) == server.get("/movies/top10").json()
        server.rate("alice", "tt0050083", 10)
        changed = stream.event()
        best = json.loads(changed["data"])["result"][0]
        assert (best["id"], best["rate"], best["rate_count"]) == ("tt0050083", 10.0, 1)
        assert changed["id"] != first["id"]


@pytest.mark.parametrize("known", ["", "0", "99999999999999999999", "not of this server", "ä"])
def test_an_id_that_is_old_or_from_the_future_is_told_what_holds(
    server: Process, known: str
) -> None:
    with Stream(server, known) as stream:
        assert json.loads(stream.event()["data"]) == server.get("/movies/top10").json()


def test_it_goes_on_where_it_was_left(server: Process) -> None:
    with Stream(server) as stream:
        known = stream.event()["id"]
    with Stream(server, known) as stream:
        server.rate("bob", "tt0068646", 9)
        assert any(m["id"] == "tt0068646" for m in json.loads(stream.event()["data"])["result"])


def test_other_methods(server: Process) -> None:
    head = server.call("HEAD", PATH)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert "Content-Length" not in head.headers
    options = server.call("OPTIONS", PATH)
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        refused = server.call(method, PATH, json={"rate": 9})
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_heartbeats_keep_it_open_beyond_the_patience_with_silence(few: Process) -> None:
    with Stream(few) as stream:
        assert next(stream.blocks) == {"retry": "1234"}
        stream.event()
        for _ in range(20):
            assert next(stream.blocks) == {"event": "beat", "data": "0.1"}


def test_listeners_beyond_the_limit_are_refused_until_one_leaves(few: Process) -> None:
    with Stream(few) as first, Stream(few) as second:
        assert first.event() == second.event()
        with Stream(few) as third:
            assert third.response.status_code == 503
            assert third.response.headers["Retry-After"] == "30"
            assert "2 clients are listening already" in third.response.json()["message"]
    eventually(lambda: requests.get(few.url + PATH, stream=True, timeout=5).status_code == 200)


def test_a_stop_does_not_wait_for_streams(start: Start, data: Path) -> None:
    make_secret(data)
    server = start("--profile", "dev")
    with Stream(server) as stream:
        stream.event()
        assert server.terminate() == 0
        assert list(stream.blocks) == []
    assert "still in flight" not in "".join(server.output)


def test_several_processes_tell_the_same_under_the_same_id(start: Start) -> None:
    server = start("--profile", "dev", "--processes", "2")
    eventually(lambda: both(server))
    streams = [Stream(server) for _ in range(12)]
    first = [stream.event() for stream in streams]
    assert first == [first[0]] * 12
    assert server.rate("alice", "tt0050083", 10).status_code == 200
    changed = [stream.event() for stream in streams]
    assert changed == [changed[0]] * 12
    assert server.terminate() == 0
    for stream in streams:
        assert list(stream.blocks) == []
        stream.response.close()
