"""Cassandra's timestamps, by which it keeps the state of greatest precedence."""

from movieserver.errors import StoreRefused
from movieserver.models import LAST_VERSION, Rate

RANKS = 16
"""Places between two versions: a rate's number, and the last one for a removal."""


def timestamp(rate: Rate) -> int:
    """A number that orders states as ``Rate.precedence`` does, those of equal versions included.

    The version alone would not do: of two states of one version Cassandra would keep the greater
    value column by column, the bucket of the one beside the rate of the other.
    """
    if not 0 <= rate.version <= LAST_VERSION:
        raise StoreRefused(f"the version {rate.version} is not in microseconds since 1970")
    return rate.version * RANKS + (RANKS - 1 if rate.rate is None else rate.rate)
