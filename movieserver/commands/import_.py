"""Load nominees, movies or rates from a file, in our own layouts or other common ones.

Rows that cannot go in are listed with the reason; the others go in. Safe to run again.
Exits 0 if everything went in, 1 if not, 2 if the file or the command line cannot be used.
"""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from movieserver.clock import Clock, SystemClock
from movieserver.commands.options import add_profile_options, check_user
from movieserver.commands.progress import Progress
from movieserver.commands.stores import with_stores, with_trial_stores
from movieserver.errors import ConfigurationError, StoreError
from movieserver.imports import sinks
from movieserver.imports.batches import RowReader, Sink, load
from movieserver.imports.films import FilmFinder
from movieserver.imports.layouts import academy_awards, movies, nominees, rates
from movieserver.imports.refusals import RowRefused
from movieserver.imports.report import SHOWN, Report
from movieserver.imports.report_file import report_file
from movieserver.imports.sinks import known_nominees
from movieserver.imports.source import Source
from movieserver.imports.winners import Winners
from movieserver.profile import Profile
from movieserver.services import Stores

T = TypeVar("T")

by_id = attrgetter("id")
by_user = attrgetter("user_id", "movie_id")
"""The orders of the stores' keys."""

KINDS = ("nominees", "movies", "rates")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)
    parser.add_argument("kind", choices=KINDS, help="what the rows hold")
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV; for rates also Trakt's JSON")
    parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help=f"list all refused rows and warnings in a new FILE, not just the first {SHOWN}",
    )
    parser.add_argument(
        "--user", metavar="NAME", help="whose rates these are, if the file does not say"
    )
    parser.add_argument(
        "--rated-at",
        metavar="TIME",
        help="when rates without a date were given [before all others: they overwrite none]",
    )


def run(arguments: argparse.Namespace) -> int:
    """Import and print the report."""
    if arguments.kind != "rates" and (arguments.user or arguments.rated_at):
        raise ConfigurationError("--user and --rated-at are only for rates")
    defaults = defaults_of(arguments, SystemClock())
    # There are many rows and no cycles; looking for cycles every 700 objects takes 25 % longer.
    gc.set_threshold(100_000)
    with Source(arguments.file) as source, report_file(arguments.report) as refused:
        report = Report(file=refused)
        if source.encoding != "utf-8":
            print(f"{source.path}: not UTF-8; read as {source.encoding}", file=sys.stderr)
        carry_out(arguments, defaults, source, report)
        report.conclude()
    for line in report.lines(arguments.kind.removesuffix("s"), arguments.dry_run):
        print(line)
    return 0 if report.complete else 1


def carry_out(
    arguments: argparse.Namespace, defaults: rates.RateDefaults, source: Source, report: Report
) -> None:
    """Import until the end of the file or an interruption."""

    async def work(profile: Profile, stores: Stores, _clock: Clock) -> None:
        importing = Importing(source, stores, report, arguments.dry_run)
        with cancelled_by_sigterm():
            if arguments.kind == "nominees":
                await importing.nominees()
            elif arguments.kind == "movies":
                await importing.movies()
            else:
                await importing.rates(profile.events.topic, defaults)

    try:
        (with_trial_stores if arguments.dry_run else with_stores)(arguments, work)
    except (KeyboardInterrupt, asyncio.CancelledError):
        report.broken_off = "interrupted; what went in stays in: import the file again"


@contextmanager
def cancelled_by_sigterm() -> Iterator[None]:
    """Let SIGTERM cancel the task, as asyncio lets Ctrl-C do.

    An exception raised wherever the signal comes could be swallowed, or leave a store open.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        raise RuntimeError("only a task can be cancelled")
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


class Importing:
    """The import of one file into the stores."""

    def __init__(self, source: Source, stores: Stores, report: Report, dry_run: bool) -> None:
        self._source, self._stores, self._report = source, stores, report
        self._dry_run = dry_run

    async def nominees(self) -> None:
        """Load nominees."""
        films = FilmFinder(await known_nominees(self._stores))
        layouts = [nominees.layout(films), academy_awards.layout(films)]
        reading = RowReader(self._source, layouts, self._report, Winners().remark)
        await find_films(self._stores, reading, films)
        put = self._stores.movies.put_nominees
        await self._load(reading, sinks.films(put, self._report, self._dry_run), by_id)

    async def movies(self) -> None:
        """Load the catalogue."""
        reading = RowReader(self._source, [movies.layout()], self._report)
        put = self._stores.movies.put_movies
        await self._load(reading, sinks.films(put, self._report, self._dry_run), by_id)
        if not self._dry_run and self._report.broken_off is None:
            try:
                await self._stores.movies.refresh_top10()
            except StoreError as error:
                self._report.broken_off = (
                    f"all rows went in; the ten best will follow later: {error}"
                )

    async def rates(self, topic: str, defaults: rates.RateDefaults) -> None:
        """Load users' rates."""
        films = FilmFinder()
        reading = RowReader(self._source, rates.layouts(defaults, films), self._report)
        await find_films(self._stores, reading, films)
        sink = sinks.rates(self._stores, topic, self._report, self._dry_run)
        await self._load(reading, sink, by_user)

    async def _load(self, reading: RowReader[T], sink: Sink[T], order: Callable[[T], Any]) -> None:
        with Progress(self._source.size) as progress:
            await load(reading, sink, order, self._report, progress.update)


async def find_films(stores: Stores, reading: RowReader[T], films: FilmFinder) -> None:
    """Look up the films that the file names by title; a file of ids needs no movie store."""
    if titles := await asyncio.to_thread(reading.titles):
        films.know(await known_nominees(stores))
        films.want(titles)
        async for batch in stores.movies.scan_movies():
            films.offer(batch)


def defaults_of(arguments: argparse.Namespace, clock: Clock) -> rates.RateDefaults:
    """What the command line says about rates, for what the file does not say."""
    if arguments.user is not None:
        check_user(arguments.user)
    defaults = rates.RateDefaults(arguments.user, int(clock.time() * 1_000_000))
    if arguments.rated_at is None:
        return defaults
    try:
        return replace(defaults, undated=defaults.given(arguments.rated_at))
    except RowRefused as error:
        raise ConfigurationError(f"--rated-at: {error}") from error
