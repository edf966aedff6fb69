"""Reads the sections of a profile that name plugins: stores, handlers and jobs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from movieserver.backends import StoreContext
from movieserver.declarations import RESERVED, ROLES
from movieserver.errors import ConfigurationError
from movieserver.handlers import ACCESS, Access, Resource
from movieserver.places import Found, Mistakes
from movieserver.plugins import Plugins
from movieserver.profile.sections import HandlerSettings, LimitSettings, StoreSettings
from movieserver.profile.uses import HandlerUse, JobUse, StoreUse
from movieserver.settings import declared, read_mapping, read_settings, read_value, unknown_key
from movieserver.urls import hide_password

U = TypeVar("U")


def section(profile: Found, name: str) -> Found:
    """A section of the profile; empty if it is left out."""
    found: Found = profile.value.get(name, Found(None, profile.place.at(name)))
    return found


def read_stores(found: Found, plugins: Plugins, data: Path) -> dict[str, StoreUse]:
    """The stores by role."""
    mistakes = Mistakes()
    stores: dict[str, StoreUse] = {}
    for role, entry in read_mapping(found, ROLES).items():
        with mistakes.collected():
            if role not in ROLES:
                raise unknown_key(role, entry, ROLES)
            stores[role] = read_store(role, entry, plugins, data)
    mistakes.check()
    return stores


def read_store(role: str, found: Found, plugins: Plugins, data: Path) -> StoreUse:
    """One store; its backend has checked the URL."""
    found = _as_mapping(found)
    settings = read_settings(found, StoreSettings)
    url: Found = found.value["url"]
    try:
        backend = plugins.backend(settings.backend or plugins.scheme(settings.url))
    except ConfigurationError as error:
        raise found.value.get("backend", url).refused(str(error)) from error
    use = StoreUse(role, settings.url, backend, settings.timeout)
    try:
        use.make(StoreContext(data=data, timeout=settings.timeout))
    except ConfigurationError as error:
        message = str(error).replace(settings.url, hide_password(settings.url))
        raise url.mistake(message) from error
    return use


def read_handlers(found: Found, plugins: Plugins) -> tuple[HandlerUse, ...]:
    """The handlers, in the order of the file."""

    def read(name: str, entry: Found) -> HandlerUse:
        with placed(entry):
            resource = plugins.handler(name)
        mistakes = Mistakes()
        with mistakes.collected():
            access = read_access(entry, resource)
        with mistakes.collected():
            options = read_settings(entry, resource.options, beside=RESERVED)
        with mistakes.collected():
            limit = read_limit(entry)
        mistakes.check()
        return HandlerUse(name, resource, access, options, limit, entry.place)

    return tuple(_each(found, "handlers", read))


def read_access(found: Found, resource: Resource) -> Access:
    """The access rule of the handler, which must be one that its resource allows."""
    entries = read_mapping(found, [*RESERVED, *declared(resource.options)])
    choices = [rule for rule in ACCESS if rule in resource.access]
    if "access" not in entries:
        raise found.place.at("access").mistake(f"missing; allowed: {', '.join(choices)}")
    metadata = {**declared(HandlerSettings)["access"].metadata, "choices": choices}
    access: Access = read_value(entries["access"], str, metadata)
    return access


def read_limit(found: Found) -> LimitSettings | None:
    """How often one client may ask; None if there is no limit."""
    entry = found.value.get("limit") if isinstance(found.value, dict) else None
    if entry is None or entry.value is None:
        return None
    return read_settings(entry, LimitSettings)


def read_jobs(found: Found, plugins: Plugins) -> tuple[JobUse, ...]:
    """The jobs, in the order of the file."""

    def read(name: str, entry: Found) -> JobUse:
        with placed(entry):
            job = plugins.job(name)
        return JobUse(name, job, read_settings(entry, job.Options), entry.place)

    return tuple(_each(found, "jobs", read))


@contextmanager
def placed(found: Found) -> Iterator[None]:
    """Add the place of ``found`` to a ``ConfigurationError`` raised in the block."""
    try:
        yield
    except ConfigurationError as error:
        raise found.mistake(str(error)) from error


def _as_mapping(store: Found) -> Found:
    """The entry of a store as a mapping; a URL alone becomes a mapping with only that."""
    match store.value:
        case str():
            return Found({"url": store}, store.place)
        case dict():
            return store
    keys = ", ".join(declared(StoreSettings))
    raise store.unexpected(f"a URL such as sqlite:///movieserver.db, or a mapping (keys: {keys})")


def _each(found: Found, what: str, read: Callable[[str, Found], U]) -> Sequence[U]:
    """What ``read`` makes of each entry of a mapping."""
    if not isinstance(found.value, dict | None):
        raise found.unexpected(f"a mapping of {what} to their options")
    mistakes = Mistakes()
    uses: list[U] = []
    for name, entry in (found.value or {}).items():
        with mistakes.collected():
            uses.append(read(name, entry))
    mistakes.check()
    return uses
