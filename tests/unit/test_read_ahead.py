"""What the consumer reads ahead, in which order it is applied, and how much it may be."""

import asyncio

import msgspec
import pytest

from movieserver import events
from movieserver.backends import Message, Record
from movieserver.jobs import consume_rates
from movieserver.jobs.consume_rates import ConsumeOptions, ConsumeRates
from movieserver.models import Rate
from movieserver.services import Services
from tests.unit.consuming import AVERAGE, RATES, averages, drain, left, publish


@pytest.mark.gen_test
async def test_what_is_read_ahead_is_applied_in_the_order_of_films_and_users(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = [Rate(f"user{n % 7}", f"tt{n % 5}", 9, n + 1) for n in range(30)]
    await publish(services, rates)
    batches: list[list[Rate]] = []
    apply = services.stores.movies.apply

    async def note(batch: list[Rate]) -> int:
        batches.append(batch)
        return await apply(batch)

    monkeypatch.setattr(services.stores.movies, "apply", note)
    job = ConsumeRates(services, ConsumeOptions(batch=8, ahead=20))
    await drain(job)
    assert [len(batch) for batch in batches] == [8, 8, 4, 8, 2]
    for ahead in (batches[:3], batches[3:]):
        keys = [(rate.movie_id, rate.user_id) for batch in ahead for rate in batch]
        assert keys == sorted(keys)
    assert await left(services) == 0
    await job.finish()


@pytest.mark.gen_test
async def test_reading_goes_on_while_events_are_applied(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ConsumeRates(services, ConsumeOptions())
    await publish(services, RATES[:5])
    await job.step()
    begun, end = asyncio.Event(), asyncio.Event()
    apply = services.stores.movies.apply

    async def held(rates: list[Rate]) -> int:
        begun.set()
        await end.wait()
        return await apply(rates)

    monkeypatch.setattr(services.stores.movies, "apply", held)
    step = asyncio.ensure_future(job.step())
    await begun.wait()
    for rates in (RATES[5:10], RATES[10:]):
        await publish(services, rates)
        while job._next.count < rates[-1].version - 5:
            await asyncio.sleep(0)
    end.set()
    assert await step
    await drain(job)
    assert await averages(services) == [AVERAGE]
    assert await left(services) == 0
    await job.finish()


@pytest.mark.gen_test
async def test_nothing_is_read_beyond_large_headers(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume_rates, "KEPT", 1000)
    large = (("h", bytes(600)),)
    messages = [msgspec.structs.replace(events.encode(rate), headers=large) for rate in RATES[:6]]
    await services.stores.events.publish(services.topics.topic, messages)
    job = ConsumeRates(services, ConsumeOptions())
    await read_singly(job, monkeypatch)
    for left_to_apply in (2, 2, 2, 0):
        await job.step()
        assert job._current.count == left_to_apply
    await drain(job)
    assert await left(services) == 0
    await job.finish()


@pytest.mark.gen_test
async def test_nothing_is_read_beyond_a_dead_letter(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, topic = services.stores.events, services.topics.topic
    for _ in range(3):
        await log.publish(topic, [Message(b"k", b"no event", b"k", ())])
    publish, counts = log.publish, list[int]()

    async def note(topic: str, letters: list[Message]) -> None:
        counts.append(len(letters))
        await publish(topic, letters)

    monkeypatch.setattr(log, "publish", note)
    job = ConsumeRates(services, ConsumeOptions())
    assert job._subscription is None
    await read_singly(job, monkeypatch)
    await drain(job)
    assert counts == [1, 1, 1]
    assert await left(services) == 0
    await job.finish()


async def read_singly(job: ConsumeRates, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give ``job`` one record at a time."""
    subscription = await job._subscribed()
    poll = subscription.poll

    async def one(_limit: int, timeout: float) -> list[Record]:
        return await poll(1, timeout)

    monkeypatch.setattr(subscription, "poll", one)
