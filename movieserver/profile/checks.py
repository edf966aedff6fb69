"""Checks that the parts of a profile fit together."""

from collections.abc import Iterable, Mapping, Sequence

from movieserver.places import Found, Mistakes, Place
from movieserver.plugins import Plugins
from movieserver.profile.uses import HandlerUse, JobUse, StoreUse
from movieserver.texts import listed
from movieserver.tracing import EXTRA, TracingSettings, is_installed


def check_uses(
    found: Found,
    stores: Mapping[str, StoreUse],
    handlers: Sequence[HandlerUse],
    jobs: Sequence[JobUse],
    plugins: Plugins,
) -> None:
    """Raise ``ConfigurationError`` with a line for each thing that is missing or repeated."""
    mistakes = Mistakes()
    if not handlers and not jobs:
        with mistakes.collected():
            raise found.mistake("there is nothing to run; list handlers, jobs or both")
    for handler in handlers:
        with mistakes.collected():
            _check_needs(handler.place, handler.resource.needs, stores)
        with mistakes.collected():
            _check_reads(handler.place, handler.resource.reads, jobs, plugins)
    for job in jobs:
        with mistakes.collected():
            _check_needs(job.place, job.job.needs, stores)
    with mistakes.collected():
        _check_once(handlers)
    mistakes.check()


def check_tracing(found: Found, tracing: TracingSettings) -> None:
    """Raise ``ConfigurationError`` if tracing is enabled and OpenTelemetry is not installed."""
    if tracing and not is_installed():
        place: Place = found.value["tracing"].place
        raise place.mistake(f'needs OpenTelemetry, which is not installed: pip install "{EXTRA}"')


def _check_needs(place: Place, needs: Iterable[str], stores: Mapping[str, StoreUse]) -> None:
    missing = sorted(set(needs) - set(stores))
    if missing:
        raise place.mistake(
            f"needs a store for {' and '.join(missing)}, but stores has {listed(list(stores))}; "
            f"add stores.{missing[0]}"
        )


def _check_reads(
    place: Place, reads: Iterable[str], jobs: Sequence[JobUse], plugins: Plugins
) -> None:
    filled = {memory for use in jobs for memory in use.job.fills}
    mistakes = Mistakes()
    for memory in sorted(set(reads) - filled):
        names = plugins.filling(memory)
        mend = f"add jobs.{' or jobs.'.join(names)}" if names else "nor does any installed job"
        with mistakes.collected():
            raise place.mistake(
                f"answers from the memory {memory!r}, which no job of the profile fills; {mend}"
            )
    mistakes.check()


def _check_once(handlers: Sequence[HandlerUse]) -> None:
    first: dict[int, str] = {}
    for handler in handlers:
        if other := first.get(id(handler.resource)):
            raise handler.place.mistake(f"the same handler as {other}; list it once")
        first[id(handler.resource)] = handler.name
