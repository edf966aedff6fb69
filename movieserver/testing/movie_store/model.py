"""A movie store reduced to two dictionaries, with which the answers of real stores are compared."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from movieserver.models import RATES, Average, Movie, Rate, RatedMovie


class MovieModel:
    """The contract of averages and rankings, in the plainest code that expresses it."""

    def __init__(self, movies: Iterable[Movie] = ()) -> None:
        self.movies = {movie.id: movie for movie in movies}
        self.states: dict[tuple[str, str], Rate] = {}

    def apply(self, rates: Iterable[Rate]) -> int:
        """Take the rates with greater precedence; returns how many states are new or changed."""
        before = dict(self.states)
        for rate in rates:
            kept = self.states.get((rate.user_id, rate.movie_id))
            if kept is None or kept.precedence < rate.precedence:
                self.states[rate.user_id, rate.movie_id] = rate
        return sum(before.get(key) != state for key, state in self.states.items())

    def averages(self) -> list[Average]:
        """The averages that are not 0, by movie id."""
        rates: dict[str, list[int]] = {}
        for state in self.states.values():
            if state.rate is not None:
                rates.setdefault(state.movie_id, []).append(state.rate)
        return [Average(id, sum(rates[id]), len(rates[id])) for id in sorted(rates)]

    def top(self, limit: int, min_votes: int = 0) -> list[RatedMovie]:
        """The first films by ranking."""
        eligible = [movie for movie in self._rated() if movie.rate_count >= min_votes]
        return sorted(eligible, key=place)[:limit]

    def top_weighted(self, limit: int, prior_count: int) -> tuple[float, list[RatedMovie]]:
        """The mean of all rates of the catalogue, and the first films by weighted rate."""
        rated = [movie for movie in self._rated() if movie.rate_count]
        total = sum(movie.rate_sum for movie in rated)
        mean = total / sum(movie.rate_count for movie in rated) if rated else 0.0

        def weight(movie: RatedMovie) -> float:
            return (movie.rate_sum + prior_count * mean) / (movie.rate_count + prior_count)

        best = sorted(rated, key=lambda movie: (-weight(movie), place(movie)))
        unrated = [movie for movie in self.top(len(self.movies)) if not movie.rate_count]
        return mean, [*best, *unrated][:limit]

    def _rated(self) -> list[RatedMovie]:
        return [
            RatedMovie(
                id=movie.id,
                title=movie.title,
                year=movie.year,
                box_office_value=movie.box_office_value,
                distribution=self._distribution(movie.id),
            )
            for movie in self.movies.values()
        ]

    def _distribution(self, movie_id: str) -> tuple[int, ...]:
        rates = [state.rate for state in self.states.values() if state.movie_id == movie_id]
        return tuple(rates.count(rate) for rate in RATES)


def place(movie: RatedMovie) -> tuple[Decimal, bool, int, int, str]:
    """The sort key of the ranking, ascending; rounds the mean with decimal arithmetic."""
    count, box_office = movie.rate_count, movie.box_office_value
    mean = Decimal(movie.rate_sum) / count if count else Decimal(0)
    rounded = mean.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return (-rounded, box_office is None, -(box_office or 0), -count, movie.id)


def rates_of(movie_id: str, rates: Iterable[int | None], version: int = 1) -> list[Rate]:
    """One state per user: the first user's, the second's and so on."""
    return [Rate(f"user {number}", movie_id, rate, version) for number, rate in enumerate(rates, 1)]


def ids(movies: Iterable[RatedMovie]) -> list[str]:
    """The ids of ``movies``, in order."""
    return [movie.id for movie in movies]
