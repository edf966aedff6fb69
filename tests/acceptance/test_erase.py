"""Erasing a user's rates by the command line."""

from pathlib import Path

from movieserver.tokens.secret import make_secret
from tests.conftest import Start
from tests.processes import eventually, run


def test_what_is_erased_leaves_the_averages_of_a_running_server(start: Start, data: Path) -> None:
    make_secret(data)
    server = start("--profile", "dev")
    for user, movie_id in (("ann", "tt0050083"), ("ann", "tt0034583"), ("bob", "tt0034583")):
        assert server.rate(user, movie_id, 9).status_code == 200
    eventually(lambda: server.get("/movies/tt0034583").json()["rate_count"] == 2)
    done = run("erase", "rates", "--user", "ann", data=data)
    assert (done.returncode, done.stdout) == (0, "2 rates of user 'ann' erased\n")
    assert server.get("/users/rates", headers=server.bearer("ann")).json()["result"] == []
    eventually(lambda: server.get("/movies/tt0050083").json()["rate_count"] == 0)
    eventually(lambda: server.get("/movies/tt0034583").json()["rate_count"] == 1)
    again = run("erase", "rates", "--user", "ann", data=data)
    assert (again.returncode, again.stdout) == (0, "0 rates of user 'ann' erased\n")
