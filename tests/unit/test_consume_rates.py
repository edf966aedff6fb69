"""The consumer: batches one after the other, and what becomes of them where a store fails."""

import asyncio

import pytest

from movieserver.errors import StoreUnavailable
from movieserver.jobs.consume_rates import ConsumeOptions, ConsumeRates
from movieserver.models import Rate
from movieserver.services import Services
from tests.unit.consuming import AVERAGE, RATES, SMALL, averages, drain, left, publish


@pytest.mark.gen_test
async def test_everything_is_applied_and_committed(services: Services) -> None:
    await publish(services, RATES)
    job = ConsumeRates(services, SMALL)
    assert await drain(job) >= 3
    assert await averages(services) == [AVERAGE]
    assert await left(services) == 0
    await job.finish()


@pytest.mark.gen_test
async def test_nothing_is_committed_before_it_is_applied(services: Services) -> None:
    await publish(services, RATES)
    job = ConsumeRates(services, SMALL)
    counts = []
    more = True
    while more:
        more = await job.step()
        applied = sum(average.rate_count for average in await averages(services))
        counts.append((applied, len(RATES) - await left(services)))
    assert all(committed <= applied for applied, committed in counts)
    assert counts[-1] == (len(RATES), len(RATES))
    await job.finish()


@pytest.mark.parametrize("store", ["movies", "events"])
@pytest.mark.gen_test
async def test_a_failure_loses_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    await publish(services, RATES)
    job = ConsumeRates(services, SMALL)
    await job.step()
    place, name = {
        "movies": (services.stores.movies, "apply"),
        "events": (job._subscription, "commit"),
    }[store]
    failures = 0

    async def fail(*_: object) -> None:
        nonlocal failures
        failures += 1
        raise StoreUnavailable("away")

    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, fail)
            for _ in range(2):
                with pytest.raises(StoreUnavailable):
                    while await job.step():
                        pass
        await job.step()
    assert failures == 6
    await drain(job)
    assert await averages(services) == [AVERAGE]
    assert await left(services) == 0
    await job.finish()


@pytest.mark.gen_test
async def test_a_step_that_fails_leaves_nothing_running(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(services, RATES)
    job = ConsumeRates(services, SMALL)
    await job.step()
    assert job._subscription is not None
    begun, end = asyncio.Event(), asyncio.Event()

    async def apply(_: object) -> int:
        begun.set()
        await end.wait()
        return 0

    async def fail(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(services.stores.movies, "apply", apply)
    monkeypatch.setattr(job._subscription, "poll", fail)
    step = asyncio.ensure_future(job.step())
    await begun.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not step.done()
    end.set()
    with pytest.raises(StoreUnavailable):
        await step
    await job.finish()


@pytest.mark.gen_test
async def test_a_consumer_without_work_waits_for_it(services: Services) -> None:
    job = ConsumeRates(services, ConsumeOptions())
    assert await job.step() is False
    waiting = asyncio.ensure_future(job.wait())
    await services.stores.events.lag(services.topics.topic, services.topics.group)
    assert not waiting.done()
    await publish(services, RATES)
    await waiting
    await drain(job)
    assert await averages(services) == [AVERAGE]
    await job.finish()


@pytest.mark.gen_test
async def test_a_consumer_that_never_began_has_nothing_to_finish(services: Services) -> None:
    await ConsumeRates(services, ConsumeOptions()).finish()


@pytest.mark.gen_test
async def test_what_was_applied_last_is_committed_at_the_end(services: Services) -> None:
    await publish(services, RATES)
    job = ConsumeRates(services, ConsumeOptions())
    await job.step()
    await job.step()
    assert await averages(services) == [AVERAGE]
    assert await left(services) == len(RATES)
    await job.finish()
    assert await left(services) == 0


@pytest.mark.gen_test
async def test_a_batch_that_was_applied_is_not_applied_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(services, RATES)
    counts: list[int] = []
    apply = services.stores.movies.apply

    async def fail_once(batch: list[Rate]) -> int:
        counts.append(len(batch))
        if len(counts) == 2:
            raise StoreUnavailable("away")
        return await apply(batch)

    monkeypatch.setattr(services.stores.movies, "apply", fail_once)
    job = ConsumeRates(services, ConsumeOptions(batch=10))
    await job.step()
    with pytest.raises(StoreUnavailable):
        await job.step()
    assert await left(services) == len(RATES)
    await drain(job)
    assert counts == [10, 10, 10, 5]
    assert await averages(services) == [AVERAGE]
    assert await left(services) == 0
    await job.finish()
