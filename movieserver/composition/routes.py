"""The routes of a profile's handlers: each belongs to one handler."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from tornado.routing import PathMatches, Router, Rule

from movieserver.clock import Clock
from movieserver.errors import ConfigurationError
from movieserver.handlers import Mount, Mounted
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.limiter import Limiter
from movieserver.handlers.observation import PART, Observers, template
from movieserver.handlers.quota import Quota
from movieserver.places import Mistakes
from movieserver.profile import HandlerUse, Profile
from movieserver.services import Services

NAME = re.compile(r"\{\w+\}")
OPEN = re.compile(r"[]\[(){}?*+|^$]")
"""Characters that leave a pattern open."""
UNNAMED = re.compile(r"\(\?(?!P<)")
"""The beginning of a group that is not a part of the path."""


def make_routes(
    profile: Profile, services: Services, observers: Observers
) -> list[tuple[HandlerUse, Sequence[Rule]]]:
    """The profile's handlers, each with its rules; ``ConfigurationError`` for what cannot be."""
    mounted = tuple(
        Mounted(use.resource, use.access, use.limit is not None) for use in profile.handlers
    )
    routes = []
    for use in profile.handlers:
        limiter = make_limiter(use, services.clock)
        mount = Mount(services, use.access, use.options, mounted, observers, limiter)
        routes.append((use, rules_of(use, mount)))
    check_routes(routes)
    return routes


def make_limiter(use: HandlerUse, clock: Clock) -> Limiter | None:
    """What counts a handler's requests, if the profile sets a limit."""
    if use.limit is None:
        return None
    return Limiter(use.resource.name, Quota(use.limit.requests, use.limit.seconds, clock))


def rules_of(use: HandlerUse, mount: Mount) -> Sequence[Rule]:
    """The rules that the handler's resource makes; raises ``ConfigurationError`` if it fails to."""
    try:
        rules = list(use.resource.routes(mount))
    except ConfigurationError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise use.place.mistake(f"its routes cannot be made: {kind}: {error}") from error
    for rule in rules:
        if not isinstance(rule, Rule):
            raise use.place.mistake(
                f"found {rule!r} among its routes; allowed: instances of tornado.routing.Rule"
            )
        _check_target(use, mount, rule)
    return rules


def _check_target(use: HandlerUse, mount: Mount, rule: Rule) -> None:
    """Refuse a rule whose handler could not answer, or would answer whom it should not."""
    target = rule.target
    if isinstance(target, type) and issubclass(target, BaseHandler):
        if rule.target_kwargs.get("mount") is not mount:
            raise use.place.mistake(
                f"the rule for {target.__name__} lacks the mount; "
                f'allowed: Rule(…, {target.__name__}, {{"mount": mount}})'
            )
    elif use.access == "token":
        raise _less_than_base(use, target, "cannot check tokens; allowed with access token")
    elif use.limit is not None and not isinstance(target, Router):  # which is given the limiter
        raise _less_than_base(use, target, "cannot count requests; allowed with a limit")


def _less_than_base(use: HandlerUse, target: Any, lack: str) -> ConfigurationError:
    return use.place.mistake(
        f"{target!r} {lack}: handlers that are derived from movieserver.handlers.base.BaseHandler"
    )


def check_routes(routes: Iterable[tuple[HandlerUse, Sequence[Rule]]]) -> None:
    """Raise ``ConfigurationError`` with a line for each route that two handlers claim.

    Routes that differ only in what a part may be count as one: the second handler would get only
    what the first does not take, or nothing. Also refuses a route that is not a path with parts.
    """
    owners: dict[str, HandlerUse] = {}
    mistakes = Mistakes()
    for use, rules in routes:
        for pattern in patterns(rules):
            with mistakes.collected():
                _claim(use, pattern, owners)
    mistakes.check()


def _claim(use: HandlerUse, pattern: str, owners: dict[str, HandlerUse]) -> None:
    """Make ``use`` the owner of ``pattern``, which must have none yet."""
    if is_open(pattern):
        raise use.place.mistake(
            f"found the route {pattern}; allowed: a path with each of its parts in parentheses, "
            "such as /movies/([^/]+)/reviews"
        )
    path = template(pattern)
    owner = owners.setdefault(NAME.sub("{}", path), use)
    if owner is not use:
        raise use.place.mistake(
            f"found the route {path}, which the handler {owner.name} on line {owner.place.line} "
            "already has; leave out one of the two"
        )


def is_open(pattern: str) -> bool:
    """Whether ``pattern`` is open anywhere but in its groups."""
    fixed = re.sub(r"\\.", "", PART.sub("", pattern.removesuffix("$")))
    return bool(UNNAMED.search(pattern) or OPEN.search(fixed))


def patterns(rules: Iterable[Rule]) -> list[str]:
    """The path patterns of rules."""
    matchers = [rule.matcher for rule in rules]
    return [each.regex.pattern for each in matchers if isinstance(each, PathMatches)]
