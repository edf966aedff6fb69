"""The things that movieserver knows about: frozen values without any I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from msgspec import Struct

RATES = range(1, 11)
"""The rates that a user can give."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LAST_MOMENT = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
"""The last version that Python can show as a date, in the year 9999."""
LAST_VERSION = 2**59 - 1
"""The highest version a rate may have (microseconds; year 20237).

It leaves bits free for stores that need finer timestamps.
"""


@dataclass(frozen=True, slots=True)
class Nominee:
    """A film nominated for the Academy Award for Best Picture."""

    id: str
    """IMDb id."""
    title: str
    """The title on the list of nominees."""
    film_year: int
    """The year of the film's release; may be a year or two before the award year."""
    award_year: str
    """The film's year or years as the Academy writes them: ``1957``, ``1927/28``."""
    ceremony: int
    """The number of the ceremony; 1 was in 1929."""
    additional_info: str
    """Producers, or the production company for the early years."""
    won: bool
    alternative_titles: tuple[str, ...] = ()
    """Other titles that people use: the original title, well-known short forms."""

    @property
    def year(self) -> str:
        """The Academy's year and the ceremony, ``1957 (30th)``."""
        return f"{self.award_year} ({ordinal(self.ceremony)})"


@dataclass(frozen=True, slots=True)
class Movie:
    """A film of the catalogue."""

    id: str
    """IMDb id."""
    title: str
    year: int | None = None
    """Year of release; None if unknown."""
    box_office_value: int | None = None
    """World gross in US dollars; None if unknown, which ranks below every known value."""


class Rate(Struct, frozen=True, gc=False):
    """A user's rate of a film, valid from ``version`` on: what stores keep and events carry.

    It is a ``Struct`` because tens of thousands are made each second, and a dataclass costs ten
    times as much.
    """

    user_id: str
    movie_id: str
    rate: int | None
    """1 to 10, or None if the user took the rate back (a removal)."""
    version: int
    """Microseconds since 1970."""

    @property
    def precedence(self) -> tuple[int, bool, int]:
        """Orders the states of one user and film: the one with the greatest precedence holds.

        The higher version wins; at equal versions a removal wins, then the higher rate.
        """
        return (self.version, self.rate is None, self.rate or 0)

    @property
    def rated_at(self) -> datetime:
        """The version as a date; the end of the year 9999 if it is later than that."""
        return EPOCH + min(self.version, LAST_MOMENT) * MICROSECOND


def prevailing(rates: Sequence[Rate]) -> dict[tuple[str, str], Rate]:
    """The state that holds for each user and film: the one with the greatest precedence."""
    held = {(rate.user_id, rate.movie_id): rate for rate in rates}
    if len(held) < len(rates):
        for rate in rates:
            if held[rate.user_id, rate.movie_id].precedence < rate.precedence:
                held[rate.user_id, rate.movie_id] = rate
    return held


@dataclass(frozen=True, slots=True)
class Average:
    """The current rates of one film, added up."""

    movie_id: str
    rate_sum: int
    rate_count: int


@dataclass(frozen=True, slots=True)
class RatedMovie:
    """A film of the catalogue with its rates."""

    id: str
    title: str
    year: int | None
    box_office_value: int | None
    distribution: tuple[int, ...]
    """How many users give the film 1, 2, … 10: ten counts."""

    @classmethod
    def of(
        cls, movie_id: str, title: str, year: int | None, box_office: int | None, *counts: int
    ) -> Self:
        """The film with these values; the ten counts of ``distribution`` come last."""
        return cls(movie_id, title, year, box_office, counts)

    @property
    def rate_count(self) -> int:
        """How many users rate the film."""
        return sum(self.distribution)

    @property
    def rate_sum(self) -> int:
        """The sum of their rates."""
        return sum(rate * count for rate, count in zip(RATES, self.distribution, strict=True))

    @property
    def rate(self) -> float:
        """The mean, rounded half up to one decimal; 0.0 for a film that nobody has rated."""
        return rate_tenths(self.rate_sum, self.rate_count) / 10


@dataclass(frozen=True, slots=True)
class Revision:
    """Counts the changes of a movie store, so that a memory can tell whether it is behind."""

    nominees: int
    """Changes of the list of nominees."""
    movies: int
    """Changes of the catalogue or of any average."""
    top10: int
    """Refreshes of the stored view that changed it."""


def rate_tenths(rate_sum: int, rate_count: int) -> int:
    """The mean in tenths, rounded half up; 0 for no rates. Computed in integers throughout."""
    return (20 * rate_sum + rate_count) // (2 * rate_count) if rate_count else 0


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th``, ``11th`` …"""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
