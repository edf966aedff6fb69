"""The routes of a profile's handlers: each is that of one handler."""

import re
from collections.abc import Iterable, Sequence

from tornado.routing import PathMatches, Rule

from movieserver.handlers import Mounted
from movieserver.handlers.observation import template
from movieserver.places import Mistakes
from movieserver.profile.uses import HandlerUse

PART = re.compile(r"\{\w+\}")


def check_routes(routes: Iterable[tuple[HandlerUse, Sequence[Rule]]]) -> None:
    """Raise ``ConfigurationError`` with a line for each route that two handlers claim.

    Routes that differ in what a part may be are one route: the second handler would be asked only
    what the first does not take, or nothing at all.
    """
    owners: dict[str, HandlerUse] = {}
    mistakes = Mistakes()
    for use, rules in routes:
        for path in paths(rules):
            owner = owners.setdefault(PART.sub("{}", path), use)
            if owner is not use:
                with mistakes.collected():
                    raise use.place.mistake(
                        f"found the route {path}, which the handler {owner.name} in line "
                        f"{owner.place.line} has already; leave one of the two out"
                    )
    mistakes.check()


def all_mounted(handlers: Iterable[HandlerUse]) -> tuple[Mounted, ...]:
    """What a handler may know of all that the profile mounts."""
    return tuple(Mounted(use.resource, use.access, use.limit is not None) for use in handlers)


def paths(rules: Iterable[Rule]) -> list[str]:
    """The paths of rules, as people write them: ``/movies/{id}``."""
    matchers = [rule.matcher for rule in rules]
    return [template(each.regex.pattern) for each in matchers if isinstance(each, PathMatches)]
