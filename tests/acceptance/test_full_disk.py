"""A server whose files may not grow, as on a full disk, until there is room again."""

import resource

from tests.conftest import Start
from tests.processes import Process, eventually


def test_a_server_that_can_store_nothing_is_not_ready_until_it_can_again(start: Start) -> None:
    server = start("--profile", "dev")
    assert server.rate("ann", "tt0050083", 9).status_code == 200
    room = grow_to(server, 0)
    refused = server.rate("bob", "tt0050083", 8)
    assert (refused.status_code, refused.headers["Content-Type"]) == (
        503,
        "application/problem+json",
    )
    unready = server.get("/health/ready")
    assert unready.status_code == 503
    assert "movieserver.db" in unready.json()["stores"]["rates"]["reason"]
    assert server.get("/movies/bestpictures", params={"title": "Parasite"}).status_code == 200
    grow_to(server, room)
    eventually(lambda: server.get("/health/ready").status_code == 200)
    assert server.rate("bob", "tt0050083", 8).status_code == 200
    eventually(lambda: server.top10()[0]["rate_count"] == 2)


def grow_to(server: Process, size: int) -> int:
    """Let the server's files have so many bytes at most; returns what was allowed before."""
    before, hard = resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, (size, hard))
    return before
