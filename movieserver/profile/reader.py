"""Reads a YAML file into a frozen ``Profile``, or raises an error with a line for each mistake."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from stat import S_ISDIR

from movieserver.declarations import ROLES
from movieserver.places import Found, Mistakes, Place
from movieserver.plugins import Plugins
from movieserver.profile.address import read_address
from movieserver.profile.checks import check_tracing, check_uses
from movieserver.profile.files import find_profile
from movieserver.profile.profile import Profile
from movieserver.profile.sections import ProfileSettings
from movieserver.profile.use_readers import read_handlers, read_jobs, read_stores, section
from movieserver.profile.variables import expand
from movieserver.profile.yaml_source import read_yaml
from movieserver.settings import read_settings

DATA = "movieserver-data"
"""The data folder if none is named, in the current folder."""


def read_profile(
    name_or_path: str | os.PathLike[str],
    *,
    data: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    plugins: Plugins | None = None,
) -> Profile:
    """The profile with that name, or in that file.

    ``data`` is the data folder, by default ``$MOVIESERVER_DATA`` or ``./movieserver-data``;
    ``overrides`` are the values of the options ``listen``, ``processes``, ``movies``, ``rates`` and
    ``events``, which replace those in the file; ``environ`` replaces the environment. Raises
    ``ConfigurationError`` with a line for each mistake.
    """
    environ = os.environ if environ is None else environ
    path = find_profile(name_or_path)
    found = expand(_overridden(read_yaml(path), overrides or {}), environ)
    return _profile(path, found, plugins or Plugins(), data_folder(data, environ))


def data_folder(data: Path | None, environ: Mapping[str, str]) -> Path:
    """The absolute path of the data folder, which may not exist yet.

    Raises ``ConfigurationError`` if it is a file or cannot be looked up.
    """
    folder = data or Path(environ.get("MOVIESERVER_DATA") or DATA)
    source = "--data" if data else "MOVIESERVER_DATA"
    try:
        folder = folder.expanduser().absolute()
        if not S_ISDIR(folder.stat().st_mode):
            raise Place(source).mistake(f"found {str(folder)!r}, a file; allowed: a folder")
    except FileNotFoundError as error:
        # A folder that is not there is made when it is needed.
        if not folder.is_absolute():
            raise Place(source).mistake(
                f"found {str(folder)!r}, but the current folder was removed; allowed: an absolute "
                "path"
            ) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise Place(source).mistake(f"found {str(folder)!r}: {error}") from error
    return folder


def _overridden(found: Found, overrides: Mapping[str, str]) -> Found:
    """``found`` with the values of the options in place of its own."""
    entries = dict(found.value)
    for name, text in overrides.items():
        option = Found(text, Place(f"--{name}"), typed=False)
        if name in ROLES:
            entries["stores"] = _with_store(entries.get("stores"), name, option, found.place)
        else:
            entries[name] = option
    return replace(found, value=entries)


def _with_store(stores: Found | None, role: str, url: Found, place: Place) -> Found:
    """``stores`` with ``url`` for the store ``role``, whose other settings stay."""
    stores = stores or Found(None, place.at("stores"))
    if not isinstance(stores.value, dict | None):
        return stores
    entries = dict(stores.value or {})
    entry = entries.get(role)
    if entry is not None and isinstance(entry.value, dict):
        url = replace(entry, value={**entry.value, "url": url})
    return replace(stores, value={**entries, role: url})


def _profile(path: Path, found: Found, plugins: Plugins, data: Path) -> Profile:
    mistakes = Mistakes()
    with mistakes.collected():
        settings = read_settings(found, ProfileSettings)
    with mistakes.collected():
        if listen := found.value.get("listen"):
            host, port = read_address(listen)
    with mistakes.collected():
        stores = read_stores(section(found, "stores"), plugins, data)
    with mistakes.collected():
        handlers = read_handlers(section(found, "handlers"), plugins)
    with mistakes.collected():
        jobs = read_jobs(section(found, "jobs"), plugins)
    mistakes.check()
    check_uses(found, stores, handlers, jobs, plugins)
    check_tracing(found, settings.tracing)
    return Profile(
        name=settings.profile,
        path=path,
        host=host,
        port=port,
        processes=settings.processes,
        data=data,
        shipped_data=settings.shipped_data,
        make_secret=settings.make_secret,
        stores=stores,
        handlers=handlers,
        jobs=jobs,
        events=settings.events,
        auth=settings.auth,
        auth_places={k: v.place for k, v in (section(found, "auth").value or {}).items()},
        http=settings.http,
        cors=settings.cors,
        log=settings.log,
        tracing=settings.tracing,
    )
