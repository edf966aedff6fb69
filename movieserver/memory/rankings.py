"""The rated films that are held in memory."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from movieserver.answers import Answer
from movieserver.models import RatedMovie


def ranked(movie: RatedMovie) -> dict[str, Any]:
    """One film of a ranking, in the contract's words."""
    return {
        "id": movie.id,
        "title": movie.title,
        "rate": movie.rate,
        "rate_count": movie.rate_count,
        "box_office_value": movie.box_office_value,
    }


def weighted(movie: RatedMovie, prior_count: int, mean: float) -> dict[str, Any]:
    """One film of the weighted ranking, with the sum that its weighted rate is made of."""
    votes = movie.rate_count + prior_count
    value = (movie.rate_sum + prior_count * mean) / votes if movie.rate_count else 0.0
    return {**ranked(movie), "rate_sum": movie.rate_sum, "weighted_rate": value}


class Ranking:
    """The first films of the ranking, or all; stands in for the store while that is down.

    Raises ``LookupError`` for what only the films that it lacks could tell.
    """

    def __init__(self, movies: Sequence[RatedMovie], limit: int) -> None:
        """Take ``movies`` in ranking order: the store's answer when asked for ``limit`` films."""
        self.movies = {movie.id: movie for movie in movies}
        """By id, in ranking order."""
        self._complete = len(movies) < limit

    def movie(self, movie_id: str) -> RatedMovie | None:
        """The film of an id, or None if the catalogue has none."""
        return self.movies.get(movie_id) if self._complete else self.movies[movie_id]

    def top(self, limit: int, min_votes: int) -> list[RatedMovie]:
        """The first ``limit`` films of the ranking that have ``min_votes`` rates or more."""
        eligible = (movie for movie in self.movies.values() if movie.rate_count >= min_votes)
        found = list(islice(eligible, limit))
        if len(found) < limit and not self._complete:
            raise LookupError(f"only {len(found)} films are known to fit")
        return found


def top_ten(movies: Sequence[RatedMovie]) -> Answer:
    """The top ten by mean, made of the stored view."""
    return Answer.of({"result": [ranked(movie) for movie in movies]})


def weighted_top_ten(movies: Sequence[RatedMovie], prior_count: int, mean: float) -> Answer:
    """The top ten by weighted rate, with the prior count and the mean that it was made with.

    The weighted rate is the Bayesian average ``(v * R + m * C) / (v + m)`` that IMDb published for
    its Top 250: R and v are a film's mean and count, m the prior count and C the mean of all rates.
    ``rate_sum`` stands for ``v * R`` without rounding.
    """
    return Answer.of(
        {
            "m": prior_count,
            "C": mean,
            "result": [weighted(movie, prior_count, mean) for movie in movies],
        }
    )
