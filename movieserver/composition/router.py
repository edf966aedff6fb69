"""From a profile's handlers to the router that every request goes through."""

from collections.abc import Iterable, Sequence
from math import inf

from tornado.routing import AnyMatches, PathMatches, Router, Rule, RuleRouter
from tornado.web import Application

from movieserver.composition.routes import make_routes
from movieserver.handlers import Mount, metrics
from movieserver.handlers.access_log import AccessLog
from movieserver.handlers.base import BaseHandler, NotFoundHandler
from movieserver.handlers.cross_origin import CrossOrigin
from movieserver.handlers.observation import PART, Notes, Observers
from movieserver.profile import Profile
from movieserver.services import Services

READING = ("GET", "HEAD")

LEVELS = ("debug", "info")
"""The log levels at which requests can be logged."""


def make_observers(profile: Profile, services: Services) -> Observers:
    """The observers of answers; without the handler ``metrics`` nothing is counted."""
    log = profile.log
    notes = Notes(
        log.request_ids,
        AccessLog(log.format, services.clock) if log.access and log.level in LEVELS else None,
        inf if log.slow_request is None else log.slow_request,
    )
    counted = any(use.resource is metrics.resource for use in profile.handlers)
    return Observers(notes, services.meters if counted else None)


def make_rules(profile: Profile, services: Services, observers: Observers) -> list[Rule]:
    """The rules of all handlers; those that leave less of the path open come first."""
    routes = make_routes(profile, services, observers)
    return sorted((rule for _, rules in routes for rule in rules), key=openness)


def make_router(rules: Sequence[Rule], services: Services, observers: Observers) -> Router:
    """The router, which finds the rule for a request or answers 404.

    Fixed paths that are answered from memory come before the application and so skip its routing.
    """
    first = [rule for rule in rules if isinstance(rule.target, Router) and not parts(rule)]
    others = [rule for rule in rules if rule not in first]
    observers.follow(others)
    application = Application(
        others,
        default_handler_class=NotFoundHandler,
        default_handler_args={"mount": Mount(services, "public", None, observers=observers)},
        log_function=observers.log_function,
    )
    return RuleRouter([*first, Rule(AnyMatches(), application)])


def make_cross_origin(profile: Profile, rules: Iterable[Rule]) -> CrossOrigin | None:
    """What lets pages of other origins call, if the profile names any."""
    if not profile.cors:
        return None
    return CrossOrigin(profile.cors.origins, profile.cors.max_age, methods_of(rules))


def methods_of(rules: Iterable[Rule]) -> list[str]:
    """The methods that any path takes, except OPTIONS; paths answered from memory are only read."""
    found = {method for rule in rules for method in getattr(rule.target, "allowed", READING)}
    return [each for each in BaseHandler.SUPPORTED_METHODS if each in found and each != "OPTIONS"]


def openness(rule: Rule) -> tuple[int, int]:
    """The sort key of rules: the number of open parts, then the fixed text, longest first."""
    fixed = (
        PART.sub("", rule.matcher.regex.pattern) if isinstance(rule.matcher, PathMatches) else ""
    )
    return parts(rule), -len(fixed)


def parts(rule: Rule) -> int:
    """The number of parts of the path that the rule leaves open."""
    return rule.matcher.regex.groups if isinstance(rule.matcher, PathMatches) else 0
