"""What plugins declare of themselves; refuses a declaration that no profile could satisfy."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from movieserver.errors import ConfigurationError
from movieserver.handlers import ACCESS, Resource
from movieserver.jobs import Job
from movieserver.settings import declared
from movieserver.texts import listed

RESERVED = ("access", "limit")
"""Keys that every handler has in a profile; its own options may not have these names."""
ROLES = ("movies", "rates", "events")
"""What a store can be for."""


def check_handler(what: str, resource: Resource) -> None:
    """Raise ``ConfigurationError`` if a handler, which it calls ``what``, is declared wrongly."""
    _check_options(what, resource.options, RESERVED)
    _check_names(f"{what} declares needs", resource.needs, ROLES)
    _check_names(f"{what} declares reads", resource.reads)
    _check_names(f"{what} declares access", resource.access, ACCESS)
    if not resource.access:
        raise ConfigurationError(f"{what} declares no access rule; allowed: {listed(ACCESS)}")
    if not isinstance(resource.description, Path | None):
        raise ConfigurationError(f"{what} has a description that is not a pathlib.Path")


def check_job(what: str, job: type[Job]) -> None:
    """Raise ``ConfigurationError`` if a job, which it calls ``what``, is declared wrongly."""
    _check_options(what, job.Options)
    _check_names(f"{what} declares needs", job.needs, ROLES)
    _check_names(f"{what} declares fills", job.fills)


def _check_options(what: str, options: type[Any], reserved: Collection[str] = ()) -> None:
    try:
        names = declared(options)
    except ConfigurationError as error:
        raise ConfigurationError(f"{what} declares its options wrongly: {error}") from error
    except Exception as error:
        raise ConfigurationError(
            f"{what} declares its options wrongly: {type(error).__name__}: {error}"
        ) from error
    if taken := sorted(names.keys() & set(reserved)):
        raise ConfigurationError(f"{what} has an option {taken[0]!r}, which is a reserved name")


def _check_names(what: str, names: Any, allowed: Collection[str] | None = None) -> None:
    if not isinstance(names, set | frozenset) or not all(isinstance(each, str) for each in names):
        raise ConfigurationError(f"{what} as {names!r}; allowed: a frozenset of names")
    if allowed is not None and (unknown := sorted(names - set(allowed))):
        raise ConfigurationError(f"{what} with {unknown[0]!r}; allowed: {listed(allowed)}")
