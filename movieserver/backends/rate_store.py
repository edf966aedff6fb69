"""The interface of the rate store: what every user thinks of every film."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Collection, Sequence

from movieserver.backends.store import Store
from movieserver.models import Rate

RateKey = tuple[str, str]
"""User id and movie id."""


class RateStore(Store):
    """Users' rates, partitioned by user; the truth from which averages are derived.

    For each user and movie the store keeps one state: of all that were put, the one with the
    greatest ``Rate.precedence``, in whatever order they came. A removal is a state too (its
    ``rate`` is None) and is remembered, so that an older state that comes late stays beaten.

    Versions are microseconds since 1970, from 0 up to ``models.LAST_VERSION``.

    A state that was put is *pending* until ``announced`` says that the event log has it; the
    write and its pending mark are one atomic, durable step.
    """

    @abstractmethod
    async def put(self, rate: Rate) -> bool:
        """Keep ``rate`` unless a state of greater precedence is there.

        Returns once the state and its pending mark are durable: False where another state was
        kept, as far as the store can tell. Idempotent: putting the state that is already kept
        changes nothing (it may make it pending again). Raises ``StoreUnavailable``; the rate may
        then be stored or not.
        """

    @abstractmethod
    async def put_many(self, rates: Sequence[Rate]) -> None:
        """``put`` for each of ``rates``, faster. After an error any part of them may be stored."""

    @abstractmethod
    async def get(self, user_id: str, movie_id: str) -> Rate | None:
        """The state of one user and movie, possibly a removal; None where nothing was ever put."""

    @abstractmethod
    async def get_many(self, keys: Collection[RateKey]) -> dict[RateKey, Rate]:
        """The states of ``keys``, removals included; keys without a state are left out."""

    @abstractmethod
    async def user_rates(
        self, user_id: str, limit: int, before: tuple[int, str] | None = None
    ) -> list[Rate]:
        """At most ``limit`` of a user's rates without the removals, newest first.

        Ordered by version descending, then movie id descending. ``before`` is the version and
        movie id of the last rate that the caller has: the list goes on after it. An unknown
        user has an empty list.
        """

    async def latest(self) -> int:
        """A version that no new one should be below; 0 where nothing was put, or nobody can tell.

        It is the highest that was ever put, or that of some seconds ago, as others have put it:
        whoever gives versions goes on above it, should a clock be behind or have been set back.
        A store that can tell still can when it is opened again after all were closed.
        It has to be quick, however many rates there are. Raises ``StoreUnavailable``.
        """
        return 0

    @abstractmethod
    async def erase(self, user_id: str, version: int) -> list[Rate]:
        """Put a removal with ``version`` over each of a user's rates.

        Returns the removals that were put, all of them pending, in no particular order. Rates
        whose version is higher than ``version`` stay. Erasing twice, or an unknown user,
        returns an empty list.
        """

    @abstractmethod
    async def pending(self, limit: int, grace: float = 0.0) -> list[Rate]:
        """At most ``limit`` pending states that were put at least ``grace`` seconds ago.

        Roughly in the order in which they were put; none is passed over for ever. The grace is
        measured on the store's own clock and is independent of the states' versions. What a
        process announced in its last seconds before it was killed may be found again. Without a
        grace, so may be what others are about to announce.
        """

    @abstractmethod
    async def announced(self, rates: Sequence[Rate]) -> None:
        """Take the pending mark off each of ``rates`` that is still the kept state.

        A state that was replaced in the meantime leaves the mark of its successor alone.
        Idempotent; unknown states are ignored.
        """

    @abstractmethod
    async def pending_count(self) -> int:
        """How many states are pending; an engine may stop counting at 100,000."""

    @abstractmethod
    def scan(self) -> AsyncIterator[list[Rate]]:
        """Every state of the store, removals included, in lists of bounded length, in no order.

        Each state that was there throughout the scan comes exactly once; one that changes
        while the scan runs comes in its old form or its new.
        """
