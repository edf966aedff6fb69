"""What is refused of the routes of a profile's handlers, and which of them is asked first."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tornado.routing import PathMatches, Rule, RuleRouter
from tornado.web import RequestHandler

from movieserver.announcements import Announcements
from movieserver.composition.router import openness
from movieserver.composition.routes import check_routes, is_open, rules_of
from movieserver.errors import ConfigurationError
from movieserver.handlers import Access, Mount, Resource
from movieserver.handlers.base import BaseHandler
from movieserver.memory.memory import Memory
from movieserver.places import Place
from movieserver.process.lifecycle import Lifecycle
from movieserver.profile import HandlerUse
from movieserver.profile.sections import LimitSettings
from movieserver.services import Services, Stores
from movieserver.settings import NoOptions
from movieserver.testing import ManualClock


class Answering(BaseHandler):
    """Answers nothing."""


def use_of(
    routes: Callable[[Mount], list[Rule]], line: int = 5, access: Access = "public"
) -> HandlerUse:
    """The use of a handler that stands in a line of p.yaml."""
    place = Place("p.yaml", line, ("handlers", f"h{line}"))
    return HandlerUse(f"h{line}", Resource(f"h{line}", routes), access, NoOptions(), None, place)


def mount() -> Mount:
    services = Services(Stores(), Memory(ManualClock()), Announcements(), Lifecycle())
    return Mount(services, "public", NoOptions())


def rule(pattern: str) -> Rule:
    return Rule(PathMatches(pattern), RequestHandler)


@pytest.mark.parametrize(
    "pattern",
    ["/movies/[^/]+", "/users/rates/?", "/.*", "/movies/top10(?:)", "/movies/top[1]0", "/a|/b"],
)
def test_a_pattern_is_a_path_with_parts(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^p\.yaml:5: handlers\.h5: found the route /"):
        check_routes([(use_of(lambda _: []), [rule(pattern)])])


@pytest.mark.parametrize(
    "pattern",
    [r"/openapi\.json", "/robots.txt", "/movies/([^/]+)/users/rate", r"/a/(?P<n>\d+)$", "/(.*)"],
)
def test_paths_with_parts(pattern: str) -> None:
    assert not is_open(pattern)


def fails(_mount: Mount) -> list[Rule]:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("routes", "reason"),
    [
        (fails, "its routes cannot be made: ZeroDivisionError: division by zero"),
        (lambda _: None, "its routes cannot be made: TypeError: "),
        (lambda _: [rule("/movies/(?P<x>(a|b)+)")], "its routes cannot be made: AssertionError: "),
        (lambda _: ["/x"], "found '/x' among its routes; allowed: instances"),
        (
            lambda _: [Rule(PathMatches("/x"), Answering)],
            "the rule for Answering lacks the mount; ",
        ),
    ],
)
def test_routes_that_are_none_are_a_mistake_in_a_line(
    routes: Callable[[Mount], list[Rule]], reason: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        rules_of(use_of(routes), mount())
    assert str(raised.value).startswith(f"p.yaml:5: handlers.h5: {reason}")


def test_a_handler_that_cannot_check_tokens_is_not_put_behind_them() -> None:
    assert rules_of(use_of(lambda _: [rule("/x")]), mount())
    with pytest.raises(ConfigurationError, match="RequestHandler'> cannot check tokens; allowed"):
        rules_of(use_of(lambda _: [rule("/x")], access="token"), mount())


def test_a_handler_that_cannot_count_requests_gets_no_limit() -> None:
    use = replace(use_of(lambda _: [rule("/x")]), limit=LimitSettings(5))
    with pytest.raises(ConfigurationError, match="cannot count requests; allowed with a limit: ha"):
        rules_of(use, mount())
    router = Rule(PathMatches("/x"), RuleRouter())
    assert rules_of(replace(use, resource=Resource("x", lambda _: [router])), mount()) == [router]


def test_what_is_fixed_goes_before_what_is_open() -> None:
    patterns = ["/(.*)", "/movies/([^/]+)/rate", "/movies/([^/]+)", "/movies/top10", "/a/(.)/(.)"]
    ordered = sorted(map(rule, patterns), key=openness)
    assert [each.matcher.regex.pattern.rstrip("$") for each in ordered] == [  # type: ignore[attr-defined]
        *("/movies/top10", "/movies/([^/]+)/rate", "/movies/([^/]+)", "/(.*)", "/a/(.)/(.)")
    ]
