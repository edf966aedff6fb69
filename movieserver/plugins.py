"""Finds handlers, jobs and backends by the short name of an entry point or by dotted path."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from movieserver.backends import Backend
from movieserver.declarations import check_handler, check_job
from movieserver.errors import ConfigurationError
from movieserver.handlers import Resource
from movieserver.jobs import Job
from movieserver.texts import listed, nearest
from movieserver.urls import hide_password, scheme


@dataclass(frozen=True)
class Kind:
    """One of the three kinds of plugin."""

    word: str
    group: str
    """The entry point group in which its short names are registered."""
    wanted: str
    """What the named object must be, in words."""
    fits: Callable[[Any], bool]


HANDLER = Kind(
    "handler",
    "movieserver.handlers",
    "an instance of movieserver.handlers.Resource",
    lambda plugin: isinstance(plugin, Resource),
)
JOB = Kind(
    "job",
    "movieserver.jobs",
    "a class derived from movieserver.jobs.Job, with its step and wait",
    lambda plugin: (
        isinstance(plugin, type) and issubclass(plugin, Job) and not inspect.isabstract(plugin)
    ),
)
BACKEND = Kind(
    "backend",
    "movieserver.backends",
    "an instance of a class derived from movieserver.backends.Backend",
    lambda plugin: isinstance(plugin, Backend),
)


def installed() -> Iterator[EntryPoint]:
    """The entry points of all installed plugins."""
    for kind in (HANDLER, JOB, BACKEND):
        yield from entry_points(group=kind.group)


class Plugins:
    """The plugins of the installed packages; only those that are asked for are imported.

    If a plugin cannot be found or used, ``ConfigurationError`` says what is wrong with it or with
    its name.
    """

    def __init__(self, registered: Iterable[EntryPoint] | None = None) -> None:
        """Take entry points; by default, those of all installed packages."""
        self._registered = list(installed() if registered is None else registered)

    def handler(self, name: str) -> Resource:
        """The resource with this short name or dotted path."""
        resource: Resource = self._load(HANDLER, name)
        check_handler(f"the handler {name}", resource)
        return resource

    def job(self, name: str) -> type[Job]:
        """The job with this short name or dotted path."""
        job: type[Job] = self._load(JOB, name)
        check_job(f"the job {name}", job)
        return job

    def backend(self, name: str) -> Backend:
        """The backend with this short name (a URL's scheme) or dotted path."""
        backend: Backend = self._load(BACKEND, name)
        return backend

    def scheme(self, url: str) -> str:
        """The short name of the backend that a URL asks for."""
        name = scheme(url)
        if name is None:
            raise ConfigurationError(
                f"found {hide_password(url)!r}; allowed: a URL that begins with "
                + " or ".join(f"{each}:" for each in self.names(BACKEND))
            )
        return name

    def names(self, kind: Kind) -> list[str]:
        """The short names that installed packages register, in alphabetical order."""
        return sorted({each.name for each in self._registered if each.group == kind.group})

    def filling(self, memory: str) -> list[str]:
        """The short names of the jobs that fill ``memory``; broken jobs are left out."""
        names = []
        for name in self.names(JOB):
            try:
                if memory in self.job(name).fills:
                    names.append(name)
            except ConfigurationError:
                continue
        return names

    def _load(self, kind: Kind, name: str) -> Any:
        path = name if ":" in name else self._path(kind, name)
        plugin = _imported(kind, path)
        if not kind.fits(plugin):
            raise ConfigurationError(
                f"{path} cannot be a {kind.word}: it is {_described(plugin)}; "
                f"allowed: {kind.wanted}"
            )
        return plugin

    def _path(self, kind: Kind, name: str) -> str:
        fitting = [e for e in self._registered if e.group == kind.group and e.name == name]
        paths = {each.value: each for each in fitting}
        if len(paths) > 1:
            sources = " and ".join(_source(each) for each in paths.values())
            raise ConfigurationError(
                f"the {kind.word} {name!r} is registered twice, by {sources}; "
                "choose one by its dotted path"
            )
        if not paths:
            raise self._unknown(kind, name)
        return next(iter(paths))

    def _unknown(self, kind: Kind, name: str) -> ConfigurationError:
        names = self.names(kind)
        if not names:
            return ConfigurationError(
                f"there is no {kind.word} {name!r}, nor any other: movieserver is not installed; "
                "run pip install on its folder"
            )
        return ConfigurationError(
            f"there is no {kind.word} {name!r}; {nearest(name, names)}"
            f"allowed: {listed(names)}, or a dotted path such as package.module:name"
        )


def _imported(kind: Kind, path: str) -> Any:
    module_name, _, attribute = path.partition(":")
    if not all(part.isidentifier() for part in [*module_name.split("."), *attribute.split(".")]):
        raise ConfigurationError(
            f"{path!r} is not a dotted path of a {kind.word}; allowed: package.module:name"
        )
    try:
        plugin: Any = import_module(module_name)
    except (Exception, SystemExit) as error:
        why = _why_not(error, module_name)
        raise ConfigurationError(f"the {kind.word} {path} cannot be imported: {why}") from error
    for part in attribute.split("."):
        if not hasattr(plugin, part):
            names = [name for name in vars(plugin) if not name.startswith("_")]
            raise ConfigurationError(
                f"the {kind.word} {path} cannot be imported: {module_name} has no {part!r}"
                f"{'; ' + hint.strip() if (hint := nearest(part, names)) else ''}"
            )
        plugin = getattr(plugin, part)
    return plugin


def _why_not(error: BaseException, module_name: str) -> str:
    """Why a module cannot be imported and, if it is missing altogether, what to do."""
    why = f"{type(error).__name__}: {' '.join(str(error).split())}"
    if isinstance(error, ModuleNotFoundError) and error.name == module_name.partition(".")[0]:
        why += "; install its package, or add its folder to PYTHONPATH"
    return why


def _described(plugin: Any) -> str:
    if isinstance(plugin, type):
        return f"the class {plugin.__module__}.{plugin.__qualname__}"
    return f"of the type {type(plugin).__module__}.{type(plugin).__qualname__}"


def _source(entry: EntryPoint) -> str:
    return entry.value if entry.dist is None else f"{entry.dist.name} ({entry.value})"
