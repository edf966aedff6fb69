"""Clients that cannot be made, and what is left of them."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from movieserver.backends import Record, Topic
from movieserver.backends.event_log import size_of
from movieserver.backends.kafka import event_log, joining, member, subscription, topics
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.clients import create_client
from movieserver.backends.kafka.committed import Committed
from movieserver.backends.kafka.event_log import KafkaEventLog
from movieserver.backends.kafka.failures import failure
from movieserver.backends.kafka.fetched import fetch
from movieserver.backends.kafka.member import Fetched, Member
from movieserver.backends.kafka.subscription import ROOM_BYTES, KafkaSubscription
from movieserver.clock import SystemClock
from movieserver.errors import StoreUnavailable


def client_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("kafka-io")]


@pytest.mark.parametrize("kind", [KafkaConsumer, KafkaAdminClient, KafkaProducer])
def test_a_client_that_hears_of_no_broker_leaves_no_thread(kind: Callable[..., Any]) -> None:
    before = client_threads()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address.of(f"kafka://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(KafkaError):
            create_client(kind, **address.client(0.1))
    assert client_threads() == before


def test_a_consumer_that_cannot_join_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Consumer:
        closed = False

        def subscribe(self, topics: list[str], listener: ConsumerRebalanceListener) -> None:
            """Nothing is asked yet."""

        def partitions_for_topic(self, topic: str) -> None:
            raise KafkaTimeoutError("no answer")

        def close(self, autocommit: bool, timeout_ms: int) -> None:
            self.closed = True

    consumer = Consumer()
    monkeypatch.setattr(joining, "probe", lambda *_: None)
    monkeypatch.setattr(joining, "create_client", lambda *_, **__: consumer)
    address = Address.of("kafka://127.0.0.1:9092")
    with pytest.raises(KafkaTimeoutError):
        joining.joined(address, 1.0, ("topic", "group"), Committed())
    assert consumer.closed


@pytest.mark.gen_test
async def test_a_member_that_cannot_join_in_time_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connects, closed = threading.Event(), threading.Event()

    class Consumer:
        def close(self, autocommit: bool, timeout_ms: int) -> None:
            closed.set()

    def join(*_: object) -> Consumer:
        connects.wait(10)
        return Consumer()

    monkeypatch.setattr(member, "joined", join)
    monkeypatch.setattr(member, "TopicWatch", lambda *_: None)
    address = Address.of("kafka://127.0.0.1:9092")
    reader = KafkaSubscription(address, 0.5, ("topic", "group"), lambda: None)
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="no answer"):
        await reader.join()
    assert time.monotonic() - started < 1.0
    connects.set()
    assert await asyncio.to_thread(closed.wait, 10)


@pytest.mark.gen_test
async def test_a_member_that_cannot_tell_its_group_leaves_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Consumer:
        def close(self, autocommit: bool, timeout_ms: int) -> None:
            raise KafkaTimeoutError("no answer")

    died: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    monkeypatch.setattr(member, "joined", lambda *_: Consumer())
    monkeypatch.setattr(member, "TopicWatch", lambda *_: None)
    monkeypatch.setattr(Member, "_go_on", lambda self: self._leaving.wait())
    reader = Member(
        Address.of("kafka://127.0.0.1:9092"), 0.5, ("topic", "group"), lambda _: None, lambda: None
    )
    await reader.joined
    await reader.leave()
    assert not died


@pytest.mark.gen_test
async def test_records_that_wait_count_with_their_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Noting:
        full = False

        def note_enough(self, enough: bool) -> None:
            """Nothing waits for this."""

    monkeypatch.setattr(subscription, "Member", lambda *_: Noting())
    address = Address.of("kafka://127.0.0.1:9092")
    reader = KafkaSubscription(address, 0.5, ("topic", "group"), lambda: None)
    large = (("h", bytes(ROOM_BYTES // 2)),)
    for offset, full in enumerate((False, True)):
        record = Record("topic", 0, offset, None, b"{}", large, 0.0)
        reader._take(Fetched([record], size_of(record), "", frozenset({0})))
        assert reader._member.full is full
    assert len(await reader.poll(2, 0.0)) == 2
    assert not reader._member.full


class Buffer:
    """Stands for kafka-python's consumer, with records that have come already."""

    def __init__(self, sizes: list[int], failures: dict[int, Exception]) -> None:
        self._fetcher = self
        self._next_in_line_exception_metadata = None
        self._next_partition_records = None
        self._sizes = sizes
        self._failures = failures
        self.taken = 0

    def fetched_records(self, most: int) -> tuple[dict[str, list[Any]], bool]:
        if self.taken in self._failures:
            raise self._failures.pop(self.taken)
        sizes, place = self._sizes[self.taken : self.taken + most], self.taken
        self.taken += len(sizes)
        found = [
            SimpleNamespace(
                topic="t",
                partition=0,
                offset=n,
                key=None,
                value=bytes(size),
                headers=(),
                timestamp=0,
            )
            for n, size in enumerate(sizes, place)
        ]
        return {"t-0": found}, False

    def poll(self, timeout_ms: int, max_records: int) -> dict[str, list[Any]]:
        return self.fetched_records(max_records)[0]


@pytest.mark.parametrize(
    ("sizes", "most", "counts"),
    [
        ([9] * 2500, 1000, [1000, 1000, 500, 0]),
        ([9] * 500 + [2**20] * 200, 1000, [550, 50, 50, 50, 0]),
        ([9] * 10, 4, [4, 4, 2]),
    ],
)
def test_large_records_are_taken_a_few_at_a_time(
    sizes: list[int], most: int, counts: list[int]
) -> None:
    buffer = Buffer(sizes, {})
    assert [len(fetch(buffer, 0.0, most)) for _ in counts] == counts


def test_records_that_were_taken_are_not_lost_where_a_broker_fails() -> None:
    buffer = Buffer([9] * 300, {100: KafkaError("broken off")})
    assert [len(fetch(buffer, 0.0, 1000)) for _ in range(2)] == [100, 200]
    with pytest.raises(KafkaError, match="at once"):
        fetch(Buffer([9], {0: KafkaError("at once")}), 0.0, 1000)


@pytest.mark.gen_test
async def test_a_log_that_is_opened_again_while_it_still_connects_makes_one_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Admin:
        def close(self) -> None:
            """Nothing to do."""

    made: list[Admin] = []
    connected = threading.Event()

    def connect(*_: object, **__: object) -> Admin:
        made.append(Admin())
        connected.wait(10)
        return made[-1]

    monkeypatch.setattr(event_log, "probe", lambda *_: None)
    monkeypatch.setattr(event_log, "create_client", connect)
    log = KafkaEventLog(Address.of("kafka://127.0.0.1:9092"), SystemClock(), 0.1, [])
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="no answer"):
            await log.open()
    connected.set()
    await log.close()
    assert len(made) == 1


@pytest.mark.gen_test
async def test_a_log_that_is_closed_leaves_its_groups_and_joins_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Member:
        closed = False

        def __init__(self, *_: object) -> None:
            """Connect to nothing."""

        async def join(self) -> None:
            """Done."""

        async def close(self) -> None:
            self.closed = True

    class Client:
        def close(self) -> None:
            """Nothing to do."""

    monkeypatch.setattr(event_log, "probe", lambda *_: None)
    monkeypatch.setattr(event_log, "create_client", lambda *_, **__: Client())
    monkeypatch.setattr(topics, "ensure", lambda *_: None)
    monkeypatch.setattr(event_log, "KafkaSubscription", Member)
    log = KafkaEventLog(Address.of("kafka://127.0.0.1:9092"), SystemClock(), 5.0, [Topic("t")])
    await log.open()
    subscription = cast("Member", await log.subscribe("t", "group"))
    await log.close()
    assert subscription.closed
    for attempt in (log.subscribe("t", "group"), anext(log.read("t"))):
        with pytest.raises(StoreUnavailable, match="not open"):
            await attempt


def test_a_reason_that_the_broker_does_not_give_is_the_kind_of_the_error() -> None:
    said = str(failure(MessageSizeTooLargeError(None), "Kafka h:1, topic t"))
    assert said.startswith("Kafka h:1, topic t: MessageSizeTooLargeError; raise the topic's max.")
