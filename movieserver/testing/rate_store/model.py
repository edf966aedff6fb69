"""A rate store reduced to a dictionary, with which the answers of real stores are compared."""

from collections.abc import Iterable

from movieserver.backends.rate_store import RateKey, RateStore
from movieserver.models import Rate

MOVIE_IDS = [f"tt{number}" for number in range(5)]
"""The movies of random rates."""


def held(rates: Iterable[Rate]) -> dict[RateKey, Rate]:
    """The state that each user and movie is left with after ``rates``, in whatever order."""
    states: dict[RateKey, Rate] = {}
    for rate in rates:
        kept = states.setdefault((rate.user_id, rate.movie_id), rate)
        if kept.precedence < rate.precedence:
            states[rate.user_id, rate.movie_id] = rate
    return states


def newest(states: dict[RateKey, Rate], user_id: str) -> list[Rate]:
    """The user's rates in the order of ``user_rates``."""
    rates = [each for each in states.values() if each.user_id == user_id and each.rate is not None]
    return sorted(rates, key=lambda rate: (rate.version, rate.movie_id), reverse=True)


def unordered(rates: Iterable[Rate]) -> list[Rate]:
    """``rates`` in an order that does not depend on the order in which they came."""
    return sorted(rates, key=repr)


async def paged(store: RateStore, user_id: str, limit: int) -> list[Rate]:
    """All of a user's rates, page after page; asserts that none comes twice."""
    rates: list[Rate] = []
    before = None
    while page := await store.user_rates(user_id, limit, before):
        assert len(page) <= limit
        assert not {*page} & {*rates}
        rates += page
        before = (page[-1].version, page[-1].movie_id)
    return rates


async def announce_all(store: RateStore) -> None:
    """Leave nothing pending."""
    while rates := await store.pending(1000):
        await store.mark_announced(rates)
