"""Derives the averages anew from the rate store, while servers and consumers keep running."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from movieserver.backends import MovieStore, RateStore
from movieserver.clock import Clock
from movieserver.models import Rate
from movieserver.retries import retried

PAGE = 100
"""Films that are counted again in one transaction. An embedded store's other writes wait for it:
about 0.05 s if each film has a thousand rates."""


@dataclass
class Rebuild:
    """What a rebuild changed."""

    states: int = 0
    """States that were read from the rate store."""
    applied: int = 0
    """States that the movie store lacked."""
    removed: int = 0
    """States that the movie store had and the rate store does not."""
    recounted: int = 0
    """Averages that did not match their states."""


async def rebuild(rates: RateStore, movies: MovieStore, clock: Clock) -> Rebuild:
    """Make the movie store agree with the rate store.

    Each step is one transaction, which keeps the averages consistent with the states of the users,
    so a rebuild may run beside consumers, be interrupted, and run again. A step that a store could
    not do is tried again for some minutes.
    """
    done = Rebuild()
    async for states in rates.scan():
        done.states += len(states)
        done.applied += await retried(partial(movies.apply, states), clock)
    async for states in movies.scan_states():
        done.removed += await retried(partial(_remove_unknown, rates, movies, states), clock)
    await _recount(movies, done, clock)
    return done


async def _remove_unknown(rates: RateStore, movies: MovieStore, states: Sequence[Rate]) -> int:
    """Correct the states that the rate store does not confirm.

    A rate is in the rate store before its event exists. So if the rate store, asked after the
    movie store, has no such state or only an older one, the rate was never put or has been lost.
    """
    truth = await rates.get_many([(state.user_id, state.movie_id) for state in states])
    wrong: list[Rate] = []
    right: list[Rate] = []
    for state in states:
        known = truth.get((state.user_id, state.movie_id))
        if known is None or known.precedence < state.precedence:
            wrong.append(state)
            right += [known] if known is not None else []
    return await movies.correct(wrong, right) if wrong else 0


async def _recount(movies: MovieStore, done: Rebuild, clock: Clock) -> None:
    last = ""
    while ids := await retried(partial(movies.average_ids, last, PAGE), clock):
        done.recounted += len(await retried(partial(movies.recount, ids), clock))
        last = ids[-1]
