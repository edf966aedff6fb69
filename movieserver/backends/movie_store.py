"""The interface of the movie store: nominees, the catalogue, averages and the top ten."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Collection, Sequence

from movieserver.backends.store import Store
from movieserver.models import Average, Movie, Nominee, Rate, RatedMovie, Revision


class MovieStore(Store):
    """Nominees, movies, and the averages that the events add up to.

    *Ranking* always means this order: ``RatedMovie.rate`` (the rounded mean) descending,
    ``box_office_value`` descending with the unknown last, ``rate_count`` descending, ``id``
    ascending. Movies nobody rated count as 0.0. Only films of the catalogue are ranked; rates
    for other ids are kept and count from the day the film is put.
    """

    @abstractmethod
    async def put_nominees(self, nominees: Sequence[Nominee]) -> None:
        """Insert or replace nominees by id, in one transaction. Idempotent."""

    @abstractmethod
    async def put_movies(self, movies: Sequence[Movie]) -> None:
        """Insert or replace movies by id, in one transaction; averages stay. Idempotent."""

    @abstractmethod
    async def seed(self, nominees: Sequence[Nominee], movies: Sequence[Movie]) -> bool:
        """Put ``nominees`` if the store has none, likewise ``movies``, and refresh the stored view.

        All in one transaction; returns whether it put either. Safe when several processes do it
        at once: one of them puts, the others find it done.
        """

    @abstractmethod
    async def nominees(self) -> list[Nominee]:
        """All nominees, by ceremony, then id."""

    @abstractmethod
    async def movie(self, movie_id: str) -> RatedMovie | None:
        """One film of the catalogue; None if the catalogue does not have it."""

    @abstractmethod
    def scan_movies(self) -> AsyncIterator[list[Movie]]:
        """Every film of the catalogue, by id, in lists of bounded length."""

    @abstractmethod
    async def top(self, limit: int, min_votes: int = 0) -> list[RatedMovie]:
        """The first ``limit`` films by ranking with ``rate_count`` of at least ``min_votes``.

        Computed from the current averages; ``top10`` is the stored view.
        """

    @abstractmethod
    async def top10(self) -> list[RatedMovie]:
        """The stored view ``top10_rated_movie`` as of its last refresh, in ranking order.

        Its averages are those of the refresh. Empty before the first refresh; after it, fewer than
        ten only if the catalogue has fewer.
        """

    @abstractmethod
    async def refresh_top10(self) -> bool:
        """Bring the stored view up to date; returns whether its content changed.

        Does nothing if no movie or average has changed since the last refresh, or while another
        instance refreshes. Its cost does not grow with the catalogue.
        """

    @abstractmethod
    async def top_weighted(self, limit: int, prior_count: int) -> tuple[float, list[RatedMovie]]:
        """The mean C of all rates of the catalogue, and the first ``limit`` films by weighted rate.

        The weighted rate is ``(rate_sum + m * C) / (rate_count + m)`` with m = ``prior_count``,
        the Bayesian average; the ranking breaks ties. Films nobody rated come last, by ranking. C
        is 0.0 if there are no rates.
        """

    @abstractmethod
    async def apply(self, rates: Sequence[Rate]) -> int:
        """Store each of ``rates`` that has greater precedence than the stored state, if any.

        One transaction changes the per-user states and the averages. States may come in any order,
        repeatedly, and several for one user and movie. Returns how many states of the store
        changed. After ``StoreUnavailable`` all of it may be applied or nothing, and it is right to
        apply it again; after any other error nothing was applied.
        """

    @abstractmethod
    async def revision(self) -> Revision:
        """The current revision. The store keeps it; each number grows when its part changes."""

    @abstractmethod
    async def wait_changed(self, since: Revision, timeout: float) -> Revision:
        """Return the current revision as soon as it differs from ``since``, or after ``timeout``.

        ``timeout`` is in seconds. Notices changes by other processes too, within a quarter of a
        second. Raises ``StoreUnavailable`` when the engine goes away.
        """

    @abstractmethod
    def scan_averages(self) -> AsyncIterator[list[Average]]:
        """Every average with a ``rate_count`` or ``rate_sum`` that is not 0, by movie id.

        Includes films outside the catalogue. Comes in lists of bounded length.
        """

    @abstractmethod
    def scan_states(self) -> AsyncIterator[list[Rate]]:
        """Every per-user state, removals included, in lists of bounded length, in no order."""

    @abstractmethod
    async def correct(self, wrong: Sequence[Rate], right: Sequence[Rate]) -> int:
        """Replace the states ``wrong`` by ``right``, whatever their precedence, in one transaction.

        A state of ``wrong`` is removed only if the store still holds exactly it; then the
        state of ``right`` for the same user and movie, if there is one, takes its place.
        Averages follow. Returns how many states were removed.
        """

    @abstractmethod
    async def recount(self, movie_ids: Collection[str]) -> list[Average]:
        """Re-derive the averages of ``movie_ids`` from the per-user states, in one transaction.

        Returns the averages that were wrong, as they were. States and averages that change at the
        same time stay consistent.
        """

    @abstractmethod
    async def average_ids(self, after: str, limit: int) -> list[str]:
        """At most ``limit`` movie ids above ``after``, ascending, that have states or averages."""
