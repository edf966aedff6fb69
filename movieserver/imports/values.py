"""The values of cells, each read strictly: an illegal one raises ``RowRefused``."""

from datetime import UTC, datetime
from functools import lru_cache

from movieserver.events import MOVIE_ID, is_user_id
from movieserver.imports.refusals import RowRefused, shown
from movieserver.models import EPOCH, RATES
from movieserver.texts import CONTROL

KEPT = 50_000
"""Checked names that are remembered, since most occur many times."""
TITLE = 500
"""The most characters of a film's title."""
YEARS = range(1870, 2200)
"""Years in which films may have come out."""
CEREMONIES = range(1, 1000)
WRITTEN_RATES = {text: rate for rate in RATES for text in (f"{rate}", f"{rate}.0")}
TRUTHS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@lru_cache(maxsize=KEPT)
def movie_id(text: str) -> str:
    """A film's id."""
    if not MOVIE_ID.fullmatch(text):
        raise RowRefused(
            f"the film's id is {shown(text)!r}, not 1 to 20 characters of A-Z a-z 0-9 _ -"
        )
    return text


@lru_cache(maxsize=KEPT)
def user_id(text: str) -> str:
    """A user's name."""
    if not is_user_id(text):
        raise RowRefused(f"the user is {shown(text)!r}, not 1 to 255 printable characters")
    return text


def rate(text: str) -> int:
    """A rate from 1 to 10."""
    found = WRITTEN_RATES.get(text)
    if found is None:
        raise RowRefused(f"the rate is {shown(text)!r}, not an integer from 1 to 10")
    return found


def title(text: str, longest: int = TITLE) -> str:
    """A title of at most ``longest`` characters."""
    if not text or len(text) > longest:
        raise RowRefused(f"the title has {len(text)} characters, not 1 to {longest}")
    return line(text, "title")


def line(text: str, name: str) -> str:
    """Text; control characters, which include line ends, are refused."""
    if not text.isprintable() and CONTROL.search(text):
        raise RowRefused(f"the {name} has a control character: {shown(text)!r}")
    return text


def integer(text: str, name: str) -> int:
    """A whole number of 0 or more that fits a store's column; it may be written as ``2001.0``."""
    digits = text.removesuffix(".0")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):
        raise RowRefused(f"the {name} is {shown(text)!r}, not a whole number of up to 18 digits")
    return int(digits)


def year(text: str) -> int:
    """A year in which a film may have come out."""
    found = integer(text, "year")
    if found not in YEARS:
        raise RowRefused(f"the year is {found}, not {YEARS.start} to {YEARS.stop - 1}")
    return found


def truth(text: str, name: str) -> bool:
    """Yes or no, however it is written."""
    found = TRUTHS.get(text.strip().lower())
    if found is None:
        raise RowRefused(f"{name} is {shown(text)!r}, not yes or no")
    return found


def moment(text: str) -> int:
    """An ISO 8601 date or time, in UTC unless it says otherwise, as microseconds since 1970.

    The result is at least 1.
    """
    try:
        found = datetime.fromisoformat(text)
        since = (found if found.tzinfo else found.replace(tzinfo=UTC)) - EPOCH
    except (ValueError, OverflowError) as error:
        raise RowRefused(f"the date is {shown(text)!r}, not one such as 2026-11-23") from error
    # Dividing by a microsecond gives the same result but takes twice as long.
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if microseconds < 0:
        raise RowRefused(f"the date is {shown(text)!r}, before 1970")
    return microseconds or 1


def has_zone(text: str) -> bool:
    """Whether a moment says which time zone's time it is."""
    return datetime.fromisoformat(text).tzinfo is not None


def ceremony(text: str) -> int:
    """The number of a ceremony."""
    found = integer(text, "ceremony")
    if found not in CEREMONIES:
        raise RowRefused(
            f"the ceremony is {found}, not {CEREMONIES.start} to {CEREMONIES.stop - 1}"
        )
    return found
