"""The consumer: batches one after the other, and what becomes of them where a store fails."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tornado.ioloop import IOLoop

from movieserver import events
from movieserver.announcements import Announcements
from movieserver.backends import Message, Record, StoreContext, Topic
from movieserver.backends.event_log import Headers, size_of
from movieserver.backends.sqlite import SqliteBackend
from movieserver.errors import StoreRefused, StoreUnavailable
from movieserver.jobs import consume_rates
from movieserver.jobs.consume_rates import ConsumeOptions, ConsumeRates
from movieserver.jobs.dead_letters import PORTION, dead_letter, portion_of
from movieserver.memory.memory import Memory
from movieserver.models import Average, Rate
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores
from movieserver.testing import ManualClock
from movieserver.topic import TopicSettings

RATES = [Rate(f"user{number}", "tt1", 1 + number % 10, number + 1) for number in range(25)]
SMALL = ConsumeOptions(batch=4, ahead=10)
AVERAGE = Average("tt1", sum(rate.rate or 0 for rate in RATES), len(RATES))


@pytest.fixture
def services(data: Path, io_loop: IOLoop) -> Iterator[Services]:
    clock = ManualClock()
    backend, context = SqliteBackend(), StoreContext(data, clock)
    names = TopicSettings()
    topics = [Topic(names.topic), Topic(names.dead_topic, 1)]
    stores = Stores(
        {
            "movies": backend.movie_store("sqlite:///movies.db", context),
            "events": backend.event_log("sqlite:///events.db", context, topics),
        }
    )
    for store in stores.listed.values():
        io_loop.run_sync(store.open)
    yield Services(stores, Memory(clock), Announcements(), Lifecycle(), clock=clock)
    for store in stores.listed.values():
        io_loop.run_sync(store.close)


async def publish(services: Services, rates: list[Rate]) -> None:
    messages = [events.encode(rate) for rate in rates]
    await services.stores.events.publish(services.topics.topic, messages)


async def left(services: Services) -> int:
    """Events that the group has yet to commit."""
    return await services.stores.events.lag(services.topics.topic, services.topics.group)


async def averages(services: Services) -> list[Average]:
    return [average async for page in services.stores.movies.scan_averages() for average in page]


async def drain(job: ConsumeRates) -> int:
    """Steps until there is nothing more at once."""
    steps = 1
    while await job.step():
        steps += 1
    return steps


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


def test_dead_letters_that_are_large_by_their_headers_are_published_a_few_at_a_time() -> None:
    large = (("h", bytes(PORTION // 4)),)
    dead = [dead_letter(Record("t", 0, n, None, b"", large, 0.0), "bad") for n in range(10)]
    assert len(portion_of(dead)) == 4


def test_a_reason_that_quotes_a_megabyte_makes_no_dead_letter_too_large_for_its_topic() -> None:
    letter = dead_letter(Record("t", 0, 0, None, None, (), 0.0), r"cannot read: \xff" * 2**18)
    assert dict(letter.headers)["reason"].startswith(rb"cannot read: \xffcannot")
    assert size_of(letter) < 2000


@pytest.mark.parametrize(
    "headers",
    [(("\N{GRINNING FACE}" * 2**19, b""),), (("h", b""),) * 2**19],
    ids=["a long name in UTF-8", "many headers"],
)
def test_headers_make_no_dead_letter_too_large_for_its_topic(headers: Headers) -> None:
    letter = dead_letter(Record("t", 0, 0, b"k", b"no event", headers, 0.0), "bad")
    assert [*dict(letter.headers)] == ["reason", "topic", "partition", "offset", "size"]


@pytest.mark.gen_test
async def test_a_dead_letter_that_cannot_be_buried_holds_up_no_average_of_its_batch(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, topics = services.stores.events, services.topics
    await log.publish(topics.topic, [Message(b"k", b"no event", b"k", ())])
    await publish(services, RATES)
    job = ConsumeRates(services, ConsumeOptions(batch=100))

    async def refuse(*_: object) -> None:
        raise StoreRefused("too large")

    with monkeypatch.context() as patched:
        patched.setattr(log, "publish", refuse)
        await job.step()
        with pytest.raises(StoreRefused):
            await job.step()
    assert await averages(services) == [AVERAGE]
    assert await left(services) == len(RATES) + 1
    await drain(job)
    assert await left(services) == 0
    assert len([page async for page in log.read(topics.dead_topic)]) == 1
    await job.finish()


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
    poll = (await job._subscribed()).poll

    async def one(_limit: int, timeout: float) -> list[Record]:
        return await poll(1, timeout)

    monkeypatch.setattr(job._subscription, "poll", one)
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
    poll = (await job._subscribed()).poll

    async def one(_limit: int, timeout: float) -> list[Record]:
        return await poll(1, timeout)

    monkeypatch.setattr(job._subscription, "poll", one)
    await drain(job)
    assert counts == [1, 1, 1]
    assert await left(services) == 0
    await job.finish()
