"""The event log on Kafka keeps to the interface: the suite that SQLite passes too."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import EventLog, StoreContext, Subscription, Topic
from movieserver.backends.kafka import KafkaBackend
from movieserver.backends.kafka.event_log import KafkaEventLog
from movieserver.testing.event_log.model import MakeEventLog, Perish
from movieserver.testing.event_log_contract import EventLogContract
from tests.engines.brokers import URL, administrator, remove


class Processes:
    """Event logs that can end as a crash of their process would."""

    def __init__(self, data: Path) -> None:
        self._context = StoreContext(data, timeout=15.0)
        self._members: dict[EventLog, list[Any]] = {}
        self._groups: set[str] = set()
        self._topics: set[str] = set()

    def make(self, topics: Sequence[Topic]) -> EventLog:
        log = KafkaBackend().event_log(URL, self._context, topics)
        assert isinstance(log, KafkaEventLog)
        members = self._members[log] = []
        self._topics.update(topic.name for topic in topics)
        subscribe = log.subscribe

        async def noted(topic: str, group: str) -> Subscription:
            subscription = await subscribe(topic, group)
            members.append(subscription)
            self._groups.add(group)
            return subscription

        log.subscribe = noted  # type: ignore[method-assign]
        return log

    async def perish(self, log: EventLog) -> None:
        """End the heartbeats of ``log`` without a farewell, and wait until the groups notice."""
        gone = set()
        for member in self._members[log]:
            coordinator = member._member._consumer._coordinator
            gone.add(coordinator._generation.member_id)
            coordinator.maybe_leave_group = lambda **_: None
            await member.close()
        await asyncio.to_thread(self._wait_until_missed, gone)

    async def close(self) -> None:
        for log, members in self._members.items():
            for member in members:
                await member.close()
            await log.close()
        remove(self._topics)

    def _wait_until_missed(self, gone: set[str]) -> None:
        admin = administrator()
        try:
            while gone & self._present(admin):
                pass  # each look takes a moment at the broker
        finally:
            admin.close()

    def _present(self, admin: Any) -> set[str]:
        groups = admin.describe_groups(list(self._groups))
        return {member["member_id"] for group in groups.values() for member in group["members"]}


class TestKafkaEventLog(EventLogContract):
    @pytest.fixture
    def processes(self, data: Path, io_loop: IOLoop) -> Iterator[Processes]:
        processes = Processes(data)
        yield processes
        io_loop.run_sync(processes.close)

    @pytest.fixture
    def make_event_log(self, processes: Processes) -> MakeEventLog:
        return processes.make

    @pytest.fixture
    def perish(self, processes: Processes) -> Perish:
        return processes.perish
