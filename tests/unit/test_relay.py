"""The relay: what was just stored, what is pending, and both under load."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from movieserver import events
from movieserver.announcements import Announcements
from movieserver.backends import Message, StoreContext, Topic
from movieserver.backends.sqlite import SqliteBackend
from movieserver.errors import StoreUnavailable
from movieserver.jobs.relay_rates import RelayOptions, RelayRates
from movieserver.memory.memory import Memory
from movieserver.models import Rate
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.testing import ManualClock
from movieserver.topic import TopicSettings


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def services(data: Path, clock: ManualClock, io_loop: IOLoop) -> Iterator[Services]:
    backend, context = SqliteBackend(), StoreContext(data, clock)
    topic = Topic(TopicSettings().topic)
    stores = Stores(
        {
            "rates": backend.rate_store("sqlite:///rates.db", context),
            "events": backend.event_log("sqlite:///events.db", context, [topic]),
        }
    )
    for store in stores.listed.values():
        io_loop.run_sync(store.open)
    yield Services(stores, Memory(clock), Announcements(), Lifecycle(), clock=clock)
    for store in stores.listed.values():
        io_loop.run_sync(store.close)


def rate(number: int) -> Rate:
    return Rate("alice", f"tt{number}", 7, number + 1)


async def turns() -> None:
    """Let the loop do all that it can do by now."""
    for _ in range(10):
        await asyncio.sleep(0)


async def announced(services: Services) -> set[Rate]:
    pages = services.stores.events.read(services.topics.topic)
    return {events.decode(record) async for page in pages for record in page}


@pytest.mark.gen_test
async def test_a_rate_is_announced_once_and_its_mark_taken_off(services: Services) -> None:
    relay = RelayRates(services, RelayOptions())
    await relay.step()  # the sweep at the start finds nothing
    await services.stores.rates.put(rate(1))
    services.announcements.offer(rate(1))
    assert await relay.step() is False
    assert await announced(services) == {rate(1)}
    assert await services.stores.rates.pending_count() == 0


@pytest.mark.gen_test
async def test_what_nobody_offered_is_found_by_the_sweep_after_its_grace(
    services: Services, clock: ManualClock
) -> None:
    relay = RelayRates(services, RelayOptions(sweep=2.0, grace=5.0))
    await services.stores.rates.put(rate(1))
    await relay.step()
    clock.advance(4.0)
    await relay.step()
    assert await announced(services) == set()
    clock.advance(2.0)
    await relay.step()
    assert await announced(services) == {rate(1)}


@pytest.mark.gen_test
async def test_sweeps_are_made_however_many_rates_keep_coming(
    services: Services, clock: ManualClock
) -> None:
    relay = RelayRates(services, RelayOptions(batch=2, sweep=1.0, grace=1.0))
    await services.stores.rates.put(rate(0))
    for number in range(1, 9):
        services.announcements.offer(rate(number))
        services.announcements.offer(rate(number))
        clock.advance(0.5)
        await relay.step()
    assert rate(0) in await announced(services)


@pytest.mark.gen_test
async def test_new_rates_do_not_wait_for_the_end_of_what_an_outage_left(
    services: Services, clock: ManualClock
) -> None:
    relay = RelayRates(services, RelayOptions(batch=2, grace=1.0))
    await services.stores.rates.put_many([rate(number) for number in range(6)])
    clock.advance(2.0)
    await services.stores.rates.put(rate(9))
    services.announcements.offer(rate(9))
    assert await relay.step() is True
    assert await announced(services) == {rate(0), rate(1), rate(9)}


@pytest.mark.gen_test
async def test_new_rates_are_announced_while_sweeps_fail(
    services: Services, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(limit: int, grace: float) -> Sequence[Rate]:
        raise StoreUnavailable("too much is pending")

    monkeypatch.setattr(services.stores.rates, "pending", fail)
    relay = RelayRates(services, RelayOptions(batch=1, sweep=3600.0))
    for number in range(3):
        await services.stores.rates.put(rate(number))
        services.announcements.offer(rate(number))
    with pytest.raises(StoreUnavailable):
        await relay.step()
    assert await relay.step() is True, "without a sweep, which would fail"
    clock.advance(2.0)
    with pytest.raises(StoreUnavailable):
        await relay.step()
    assert await announced(services) == {rate(0), rate(1), rate(2)}


@pytest.mark.gen_test
async def test_sweeps_are_made_while_new_rates_cannot_be_announced(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(topic: str, messages: Sequence[Message]) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(services.stores.events, "publish", fail)
    ahead = services.versions.next() + 3_600_000_000
    await services.stores.rates.put(Rate("alice", "tt1", 9, ahead))
    services.announcements.offer(rate(2))
    with pytest.raises(StoreUnavailable):
        await RelayRates(services, RelayOptions()).step()
    assert services.versions.next() > ahead


@pytest.mark.gen_test
async def test_the_wait_ends_with_a_rate_that_has_lingered_and_with_the_next_sweep(
    services: Services, clock: ManualClock
) -> None:
    relay = RelayRates(services, RelayOptions(linger=0.5, sweep=2.0))
    assert await relay.step() is False
    sleepers = clock.sleepers
    waiting = asyncio.ensure_future(relay.wait())
    await turns()
    services.announcements.offer(rate(1))
    await turns()
    clock.advance(0.4)
    await turns()
    assert not waiting.done()
    clock.advance(0.1)
    await waiting
    services.announcements.take(1)
    waiting = asyncio.ensure_future(relay.wait())
    await turns()
    clock.advance(1.4)
    await turns()
    assert not waiting.done()
    clock.advance(0.1)
    await waiting
    await turns()
    assert clock.sleepers == sleepers


@pytest.mark.gen_test
async def test_what_is_at_hand_at_the_end_is_announced(services: Services) -> None:
    relay = RelayRates(services, RelayOptions(batch=2))
    for number in range(5):
        await services.stores.rates.put(rate(number))
        services.announcements.offer(rate(number))
    await relay.finish()
    assert await announced(services) == {rate(number) for number in range(5)}
    assert await services.stores.rates.pending_count() == 0


@pytest.mark.gen_test
async def test_versions_go_on_above_those_of_a_faster_clock(services: Services) -> None:
    ahead = services.versions.next() + 3_600_000_000
    await services.stores.rates.put(Rate("alice", "tt1", 9, ahead))
    await RelayRates(services, RelayOptions()).step()
    assert services.versions.next() > ahead
