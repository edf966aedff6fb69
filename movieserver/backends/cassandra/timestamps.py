"""Timestamps by which Cassandra keeps the state of greatest precedence."""

from movieserver.errors import StoreRefused
from movieserver.models import LAST_VERSION, Rate

RANKS = 16
"""Timestamps per version: a rate takes the one of its own number, a removal the last."""


def timestamp(rate: Rate) -> int:
    """A number that orders states as ``Rate.precedence`` does, at equal versions too.

    The version alone is not enough: of two states of one version Cassandra would keep the greater
    value of each column, and so could combine the bucket of one with the rate of the other.
    """
    if not 0 <= rate.version <= LAST_VERSION:
        raise StoreRefused(f"the version {rate.version} is not in microseconds since 1970")
    return rate.version * RANKS + (RANKS - 1 if rate.rate is None else rate.rate)
