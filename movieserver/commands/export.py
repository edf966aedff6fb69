"""Write a user's rates as CSV, in our own layout or in one that other sites accept.

Rates that were taken back are left out. ``movieserver import rates FILE`` reads every layout.
"""

import argparse
import csv
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TextIO

from movieserver.clock import Clock
from movieserver.commands.options import add_profile_options, check_user
from movieserver.commands.output import STDOUT, told
from movieserver.commands.stores import with_existing_stores
from movieserver.models import EPOCH, Rate, RatedMovie, prevailing
from movieserver.profile import Profile
from movieserver.services import Stores
from movieserver.texts import counted

PAGE = 1000
"""Rates that are read at once."""

Row = Sequence[object]
Format = tuple[Row, Callable[[Rate, RatedMovie | None], Row]]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_profile_options(parser)
    parser.add_argument("kind", choices=("rates",), help="what to write")
    parser.add_argument("--user", required=True, metavar="NAME", help="whose rates")
    parser.add_argument("--format", choices=FORMATS, default="own", help="the layout [own]")


def run(arguments: argparse.Namespace) -> int:
    """Write the rates to standard output, newest first."""
    check_user(arguments.user)
    # UTF-8 whatever the locale, and CSV's own line ends.
    with told(), open(STDOUT, "w", encoding="utf-8", newline="", closefd=False) as output:
        count = write_rates(arguments, output)
    said = counted(count, "rate") if count else f"user {arguments.user!r} has no rates"
    print(said, file=sys.stderr)
    return 0


def write_rates(arguments: argparse.Namespace, output: TextIO) -> int:
    """Write a header and then a row for each rate of the user; returns the number of rates."""
    header, row = FORMATS[arguments.format]
    # Our own layout has no titles, so it needs no movie store.
    roles = ("rates",) if row is own else ("rates", "movies")

    async def work(_profile: Profile, stores: Stores, _clock: Clock) -> int:
        movies = None if row is own else stores.movies
        rates = await rates_of(stores, arguments.user)
        rows = [row(r, await movies.movie(r.movie_id) if movies else None) for r in rates]
        # Only now: the header by itself says that the user has no rates.
        csv.writer(output).writerows([header, *rows])
        return len(rows)

    return with_existing_stores(arguments, work, roles)


async def rates_of(stores: Stores, user: str) -> list[Rate]:
    """All rates of a user, newest first, with those that are given while they are read."""
    found: list[Rate] = []
    known = -1
    # A rate that is given anew moves to the front of the list, where it would be missed.
    while later := [rate async for rate in rates_after(stores, user, known)]:
        found += later
        known = max(rate.version for rate in later)
    rates = prevailing(found).values()
    return sorted(rates, key=lambda rate: (rate.version, rate.movie_id), reverse=True)


async def rates_after(stores: Stores, user: str, version: int) -> AsyncIterator[Rate]:
    """The rates of a user with later versions, newest first."""
    before = None
    while page := await stores.rates.user_rates(user, PAGE, before):
        for rate in page:
            if rate.version <= version:
                return
            yield rate
        before = (page[-1].version, page[-1].movie_id)


def own(rate: Rate, _movie: RatedMovie | None) -> Row:
    """A row in our own layout, which loses nothing."""
    return (
        rate.user_id,
        rate.movie_id,
        rate.rate,
        rate.rated_at.isoformat(timespec="microseconds"),
    )


def imdb(rate: Rate, movie: RatedMovie | None) -> Row:
    """A row as IMDb exports it, as far as we know."""
    url = f"https://www.imdb.com/title/{rate.movie_id}"
    return (rate.movie_id, rate.rate, date(rate), *named(movie), url, "Movie")


def letterboxd(rate: Rate, movie: RatedMovie | None) -> Row:
    """A row as Letterboxd imports it."""
    return (rate.movie_id, *named(movie), rate.rate, date(rate))


def named(movie: RatedMovie | None) -> Row:
    """Title and year; each is empty if unknown."""
    return ("", "") if movie is None else (movie.title, movie.year or "")


def date(rate: Rate) -> str:
    """The day on which the rate was given; empty if the rate is undated."""
    day = rate.rated_at.date()
    return "" if day == EPOCH.date() else day.isoformat()


FORMATS: dict[str, Format] = {
    "own": (("user_id", "movie_id", "rate", "rated_at"), own),
    "imdb": (
        ("Const", "Your Rating", "Date Rated", "Title", "Year", "URL", "Title Type"),
        imdb,
    ),
    "letterboxd": (("imdbID", "Title", "Year", "Rating10", "WatchedDate"), letterboxd),
}
