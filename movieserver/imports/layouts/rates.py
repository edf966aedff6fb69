"""Users' rates: our own layout, and what IMDb, Letterboxd and Trakt export."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from movieserver.errors import ConfigurationError
from movieserver.imports import values
from movieserver.imports.csv_rows import Row
from movieserver.imports.films import FilmFinder
from movieserver.imports.layout import Header, Layout
from movieserver.imports.refusals import NoFilm, RowRefused, shown
from movieserver.models import Rate

OWN = ("movie_id", "rate")
IMDB = ("Const", "Your Rating", "Date Rated")
TRAKT = ("rated_at", "type", "rating", "imdb_id")
LETTERBOXD = ("Date", "Name", "Year", "Rating")
LETTERBOXD_IMPORT = ("imdbID", "Rating10", "WatchedDate")
DAY = 86_400_000_000
"""Microseconds in a day: how far ahead a date may be, because of time zones."""
NO_FILMS = {
    "tvseries": "a series",
    "tvminiseries": "a series",
    "tvepisode": "an episode",
    "videogame": "a game",
    "musicvideo": "a music video",
    "podcastseries": "a podcast",
    "podcastepisode": "a podcast",
    "show": "a show",
    "season": "a season",
    "episode": "an episode",
}
"""IMDb's and Trakt's types that are not films, in small letters and without spaces."""
HALVES = {f"{half / 2:g}": half for half in range(1, 11)} | {
    f"{stars}.0": 2 * stars for stars in range(1, 6)
}
"""Letterboxd's stars, and the rates that they stand for."""


@dataclass(frozen=True)
class RateDefaults:
    """What a file does not say about its rates."""

    user: str | None
    """The user whose rates they are."""
    now: int
    """The present, in microseconds since 1970."""
    undated: int = 1
    """The version of a rate without a date: below all others, so that it overwrites none."""

    def version(self, text: str) -> int:
        """The version of a rate given at the date ``text``, or of one without a date if empty."""
        return self.given(text) if text else self.undated

    def given(self, text: str) -> int:
        """The version of a rate given at the date ``text``; raises ``RowRefused`` for the future.

        A date may be up to a day ahead. One that names its time zone is kept: a server's clock was
        ahead. Another may have come already in some time zone; it is moved back a day rather than
        clamped to now, so that re-importing the row before that date gives the same version.
        """
        version = values.moment(text)
        if version > self.now + DAY:
            raise RowRefused(f"the date is {shown(text)!r}, in the future")
        return version if version <= self.now or values.has_zone(text) else version - DAY

    def owner(self, header: Header) -> Callable[[str], str]:
        """The function that gives a row's user for the text in its column ``user_id``.

        Raises ``ConfigurationError`` if both the file and ``user`` say whose rates these are, or
        neither does.
        """
        user = self.user
        if "user_id" in header:
            if user is not None:
                raise ConfigurationError(
                    "the file itself says whose rates it has: leave out --user"
                )
            return values.user_id
        if user is None:
            raise ConfigurationError(
                "the file does not say whose rates it has: name the user with --user"
            )
        return lambda text: user


def layouts(defaults: RateDefaults, films: FilmFinder) -> list[Layout[Rate]]:
    """All layouts of rates."""
    return [
        Layout("our own rates", OWN, _by_id(defaults, "movie_id", "rate", "rated_at"), whole=True),
        Layout("IMDb's ratings", IMDB, _by_id(defaults, *IMDB, unrated=True), whole=True),
        Layout(
            "Trakt's ratings",
            TRAKT,
            _by_id(defaults, "imdb_id", "rating", "rated_at", films=films),
            _titles("title", unless="imdb_id"),
            whole=True,
        ),
        Layout(
            "Letterboxd's import",
            LETTERBOXD_IMPORT,
            _by_id(defaults, *LETTERBOXD_IMPORT, unrated=True, films=films),
            _titles("title", unless="imdbID"),
            whole=True,
        ),
        Layout(
            "Letterboxd's ratings",
            LETTERBOXD,
            _by_title(defaults, films),
            _titles("Name"),
            whole=True,
        ),
    ]


def _by_id(
    defaults: RateDefaults,
    movie_id: str,
    rate: str,
    rated_at: str,
    *,
    unrated: bool = False,
    films: FilmFinder | None = None,
) -> Callable[[Header], Callable[[Row], Rate | None]]:
    """A layout with ids; with ``unrated``, it may also list films without a rate.

    With ``films``, a row without an id is looked up by its title and year.
    """

    def reader(header: Header) -> Callable[[Row], Rate | None]:
        owner = defaults.owner(header)
        user = header.cell("user_id", exact=True)
        film, given, when = (header.cell(name) for name in (movie_id, rate, rated_at))
        titled = _titled(header, films, "title") if films and "title" in header else None
        kind = header.cell("Title Type", "type")

        def read(row: Row) -> Rate | None:
            if unrated and not given(row):
                return None
            # The film comes last: only a line with a valid rate and date may raise ``NoFilm``.
            rate, version = values.rate(given(row)), defaults.version(when(row))
            check_film(kind(row))
            found = film(row)
            movie = titled(row) if titled and not found else values.movie_id(found)
            return Rate(owner(user(row)), movie, rate, version)

        return read

    return reader


def _by_title(
    defaults: RateDefaults, films: FilmFinder
) -> Callable[[Header], Callable[[Row], Rate | None]]:
    def reader(header: Header) -> Callable[[Row], Rate | None]:
        owner, user = defaults.owner(header), header.cell("user_id", exact=True)
        when, _, _, rating = (header.cell(column) for column in LETTERBOXD)
        titled = _titled(header, films, "Name")

        def read(row: Row) -> Rate | None:
            if not rating(row):  # a diary also lists films that were only watched
                return None
            given = HALVES.get(rating(row))
            if given is None:
                raise RowRefused(
                    f"the rating is {shown(rating(row))!r}, not from half a star to five"
                )
            version = defaults.version(when(row))
            return Rate(owner(user(row)), titled(row), given, version)

        return read

    return reader


def _titled(header: Header, films: FilmFinder, title: str) -> Callable[[Row], str]:
    """The function that finds a row's film by the column ``title`` and by the year, if any."""
    name, year = header.cell(title), header.cell("year")

    def find(row: Row) -> str:
        released = year(row)
        return films.film(values.title(name(row)), values.year(released) if released else None)

    return find


def _titles(
    title: str, *, unless: str | None = None
) -> Callable[[Header], Callable[[Row], Iterable[str]]]:
    """Makes the function that lists a row's title, unless its column ``unless`` has an id."""

    def reader(header: Header) -> Callable[[Row], Iterable[str]]:
        name = header.cell(title)
        known = header.cell(unless) if unless else lambda row: ""
        return lambda row: [] if known(row) else [name(row)]

    return reader


def check_film(kind: str) -> None:
    """Raise ``NoFilm`` if ``kind``, a type of IMDb's or Trakt's, is known not to be a film."""
    what = NO_FILMS.get(kind.replace(" ", "").casefold())
    if what is not None:
        raise NoFilm(f"{what}, not a film")
