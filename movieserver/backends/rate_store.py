"""The interface of the rate store: every user's rate of every film."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Collection, Sequence

from movieserver.backends.store import Store
from movieserver.models import Rate

RateKey = tuple[str, str]
"""User id and movie id."""


class RateStore(Store):
    """Users' rates, partitioned by user; the source of truth for the averages.

    For each user and movie the store keeps one state: of all that were put, the one with the
    greatest ``Rate.precedence``, in whatever order they came. A removal is a state too (its
    ``rate`` is None) and is remembered, so that an older state that comes late cannot replace it.

    Versions are microseconds since 1970, from 0 up to ``models.LAST_VERSION``.

    A state that was put is *pending* until ``mark_announced`` says that the event log has it; the
    write and its pending mark are one atomic, durable step.
    """

    @abstractmethod
    async def put(self, rate: Rate) -> bool:
        """Keep ``rate`` unless a state of greater precedence is there.

        Returns once the state and its pending mark are durable: False if another state was kept,
        as far as the store can tell. Idempotent: putting the state that is already kept changes
        nothing (it may make it pending again). After ``StoreUnavailable`` the rate may be stored or
        not.
        """

    @abstractmethod
    async def put_many(self, rates: Sequence[Rate]) -> None:
        """``put`` for each of ``rates``, faster. After an error any part of them may be stored."""

    @abstractmethod
    async def get(self, user_id: str, movie_id: str) -> Rate | None:
        """The state of one user and movie, possibly a removal; None if nothing was ever put."""

    @abstractmethod
    async def get_many(self, keys: Collection[RateKey]) -> dict[RateKey, Rate]:
        """The states of ``keys``, removals included; keys without a state are left out."""

    @abstractmethod
    async def user_rates(
        self, user_id: str, limit: int, before: tuple[int, str] | None = None
    ) -> list[Rate]:
        """At most ``limit`` of a user's rates, without removals, newest first.

        Ordered by version descending, then movie id descending. ``before`` is the version and
        movie id of the last rate that the caller has: the list continues after it. An unknown
        user has an empty list.
        """

    async def latest(self) -> int:
        """A version that new versions should exceed; 0 if nothing was put or the store cannot tell.

        It is not below any version that was ever put, though puts of other processes may count only
        some seconds later. Callers that give versions continue above it, in case a clock is behind
        or was set back. A store that can tell still can when it is opened again after all processes
        have closed it. Quick, however many rates there are. Raises ``StoreUnavailable``.
        """
        return 0

    @abstractmethod
    async def erase(self, user_id: str, version: int) -> list[Rate]:
        """Put a removal with ``version`` over each of a user's rates.

        Returns the removals that were put, all of them pending, in no particular order. Rates with
        a version above ``version`` stay. Erasing a second time, or an unknown user, returns an
        empty list.
        """

    @abstractmethod
    async def pending(self, limit: int, grace: float = 0.0) -> list[Rate]:
        """At most ``limit`` pending states that were put at least ``grace`` seconds ago.

        Roughly in the order in which they were put; none is passed over for ever. The grace is
        measured on the store's own clock, whatever the states' versions. States that a process
        announced in its last seconds before it was killed may be found again, and so may states
        that this process has put and another has announced. Without a grace, so may states that
        other processes are about to announce.
        """

    @abstractmethod
    async def mark_announced(self, rates: Sequence[Rate]) -> None:
        """Remove the pending mark from each of ``rates`` that is still the kept state.

        If a state was replaced in the meantime, its successor keeps its mark. Idempotent; ignores
        unknown states.
        """

    @abstractmethod
    async def pending_count(self) -> int:
        """How many states are pending; an engine may stop counting at 100,000."""

    @abstractmethod
    def scan(self) -> AsyncIterator[list[Rate]]:
        """Every state of the store, removals included, in lists of bounded length, in no order.

        A state that is there throughout the scan comes exactly once; one that changes while the
        scan runs comes in its old or its new form.
        """
