"""Reading a topic as a member of a group."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Collection, Sequence

from movieserver.backends.event_log import Record, Subscription, size_of
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.failures import in_time
from movieserver.backends.kafka.member import Fetched, Member, Part
from movieserver.errors import StoreRefused, StoreUnavailable

ROOM = 20_000
"""Number of waiting records at which the member fetches no more."""
ROOM_BYTES = 32 * 2**20
"""Bytes of waiting records at which it fetches no more."""


class KafkaSubscription(Subscription):
    """The records that a member finds, given to the caller in portions.

    Records wait here, so that a cancelled poll loses none, and the next ones are fetched while the
    caller works. Records of a partition that moves to another member are dropped.
    """

    def __init__(
        self, address: Address, timeout: float, place: tuple[str, str], restore: Callable[[], None]
    ) -> None:
        """Begin to join; call this on the event loop. See ``Member``."""
        self._address = address
        self._timeout = timeout
        self._ready: dict[Part, deque[Record]] = {}
        self._count = 0
        self._limit = 1
        self._bytes = 0
        self._found = asyncio.Event()
        self._closed = False
        self._member = Member(address, timeout, place, self._take, restore)

    async def join(self) -> None:
        """Wait until the member is connected; it gets its share of the partitions later."""
        try:
            async with in_time(self._address.label, self._timeout):
                await self._member.joined
        except BaseException:
            self._closed = True
            self._member.give_up()  # to wait for it would take longer than the time limit
            raise

    async def poll(self, limit: int, timeout: float) -> list[Record]:
        self._check()
        self._limit = limit
        if not self._ready and timeout > 0:
            self._found.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._found.wait()
            if not self._ready and (refusal := self._member.refusal) is not None:
                raise StoreRefused(str(refusal)) from refusal
        return self._portion(limit)

    async def commit(self, records: Sequence[Record]) -> None:
        self._check()
        offsets: dict[Part, int] = {}
        for record in records:
            part = (record.incarnation, record.partition)
            offsets[part] = max(offsets.get(part, 0), record.offset + 1)
        if offsets:
            async with in_time(self._address.label, self._timeout):
                await self._member.commit(offsets)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await self._member.leave()

    def _take(self, fetched: Fetched) -> None:
        for part in list(self._ready):
            incarnation, number = part
            if incarnation == fetched.incarnation and number not in fetched.partitions:
                self._let_go(self._ready.pop(part))
        for record in fetched.records:
            part = (record.incarnation, record.partition)
            self._ready.setdefault(part, deque()).append(record)
        self._count += len(fetched.records)
        self._bytes += fetched.size
        self._tell()
        if self._ready:
            self._found.set()

    def _portion(self, limit: int) -> list[Record]:
        records: list[Record] = []
        for part in list(self._ready):
            waiting = self._ready.pop(part)
            for _ in range(min(limit - len(records), len(waiting))):
                records.append(waiting.popleft())
            if waiting:
                # At the end, so that other partitions come first next time.
                self._ready[part] = waiting
            if len(records) == limit:
                break
        self._let_go(records)
        self._tell()
        return records

    def _let_go(self, records: Collection[Record]) -> None:
        self._count -= len(records)
        self._bytes -= sum(map(size_of, records))

    def _tell(self) -> None:
        """Tell the member how much is waiting."""
        self._member.full = self._count >= ROOM or self._bytes >= ROOM_BYTES
        self._member.note_enough(self._member.full or self._count >= self._limit)

    def _check(self) -> None:
        if self._closed:
            raise StoreUnavailable(f"{self._address.label}: the subscription is closed")
