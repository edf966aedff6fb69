"""Two handlers that want the same paths, and paths with parts that have names."""

from pathlib import Path

import pytest
from tornado.routing import PathMatches, Rule

from movieserver.answers import Answer
from movieserver.handlers import Mount, Resource
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.health import LiveHandler
from movieserver.handlers.memory import memory_rule
from tests.conftest import Start
from tests.processes import run

PROFILE = """
profile: twice
listen: 127.0.0.1:0
stores: {rates: "sqlite:///a.db", events: "sqlite:///a.db"}
handlers:
  rates: {access: token}
  "benchmarks.fixed:resource": {access: token}
auth: {secret: a-secret-that-is-long-enough-for-every-hash}
"""


def routes(mount: Mount) -> list[Rule]:
    """The paths of a rate, but for what a film's id may be."""
    path = r"/movies/(?P<movie>[\w-]{1,20})/users/rate"
    return [Rule(PathMatches(path), LiveHandler, {"mount": mount})]


stricter = Resource("stricter", routes)


def latest(mount: Mount) -> list[Rule]:
    """A path within those of the ceremonies."""
    return [
        Rule(PathMatches("/movies/bestpictures/ceremonies/latest"), LiveHandler, {"mount": mount})
    ]


within = Resource("within", latest)


class ListHandler(BaseHandler):
    """Answers with the part of its path."""

    def get(self, name: str) -> None:
        self.write_json(name)


def lists(mount: Mount) -> list[Rule]:
    """Paths whose part has a name, answered by a handler and from memory."""
    kept = Answer.of_bytes(b'"kept"', "application/json")
    return [
        Rule(PathMatches("/lists/(?P<name>[a-z]+)"), ListHandler, {"mount": mount}),
        memory_rule("/kept/(?P<name>[a-z]+)", mount, lambda _: kept),
    ]


named = Resource("named", lists)


@pytest.mark.parametrize("more", [[], ["--processes", "2"], ["--check"]], ids=" ".join)
@pytest.mark.parametrize(
    ("handler", "route"),
    [
        ("benchmarks.fixed:resource", "/movies/{id}/users/rate"),
        ("tests.acceptance.test_routes:stricter", "/movies/{movie}/users/rate"),
    ],
)
def test_one_route_has_one_handler(
    tmp_path: Path, handler: str, route: str, more: list[str]
) -> None:
    profile, data = tmp_path / "twice.yaml", tmp_path / "data"
    profile.write_text(PROFILE.replace("benchmarks.fixed:resource", handler))
    done = run("--profile", str(profile), *more, data=data)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f'movieserver: {profile}:7: handlers."{handler}": found the route {route}, which the '
        "handler rates on line 6 already has; leave out one of the two\n"
    )
    assert not data.exists()


def test_a_fixed_path_goes_before_one_with_parts_that_is_answered_from_memory(
    tmp_path: Path, start: Start
) -> None:
    profile = tmp_path / "within.yaml"
    profile.write_text(
        "profile: within\nlisten: 127.0.0.1:0\nstores: {movies: 'sqlite:///a.db'}\n"
        "shipped_data: true\njobs: {refresh_nominees: }\n"
        "handlers:\n  ceremonies: {access: public}\n"
        '  "tests.acceptance.test_routes:within": {access: public}\n'
    )
    server = start("--profile", str(profile))
    path = "/movies/bestpictures/ceremonies"
    assert server.get(f"{path}/latest").json() == {"live": True}
    assert server.get(f"{path}/92").json()["ceremony"] == 92


@pytest.mark.parametrize("access", ["public", "token"])
def test_a_part_of_a_path_may_have_a_name(tmp_path: Path, start: Start, access: str) -> None:
    profile = tmp_path / "named.yaml"
    profile.write_text(
        "profile: named\nlisten: 127.0.0.1:0\nstores: {}\nmake_secret: true\n"
        f'handlers: {{"tests.acceptance.test_routes:named": {{access: {access}}}}}\n'
    )
    server = start("--profile", str(profile))
    for path, answer in {"/lists/mine": "mine", "/kept/mine": "kept"}.items():
        assert server.get(path, headers=server.bearer("ann")).json() == answer
        assert server.call("OPTIONS", path).headers["Allow"] == "GET, HEAD, OPTIONS"
