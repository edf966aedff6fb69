"""The proof of the averages, and what makes them right again."""

import itertools
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tornado.ioloop import IOLoop

from movieserver import events
from movieserver.audit import PAUSE, Audit, Difference, audit, compare
from movieserver.backends import StoreContext, Topic
from movieserver.backends.sqlite import SqliteBackend
from movieserver.commands.audit import SHOWN, tell
from movieserver.errors import StoreUnavailable
from movieserver.models import Average, Rate
from movieserver.rebuild import PAGE, Rebuild, rebuild
from movieserver.retries import retried
from movieserver.services import Stores
from movieserver.testing import ManualClock
from movieserver.topic import TopicSettings
from tests.unit.hasty_clock import HastyClock

T = TypeVar("T")
TOPIC = TopicSettings()
RATES = [
    Rate("ann", "tt1", 7, 1),
    Rate("bob", "tt1", 9, 1),
    Rate("ann", "tt2", 3, 1),
    Rate("bob", "tt2", None, 1),
    Rate("ann", "tt3", None, 1),
]
SOUND = Audit(movies=2, rates=3, differences=[], pending=0, lag=0)


class Meanwhile(HastyClock):
    """Something is done in each of the first sleeps."""

    def __init__(self, *steps: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._steps = list(steps)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if self._steps:
            await self._steps.pop(0)()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stores(data: Path, clock: ManualClock, io_loop: IOLoop) -> Iterator[Stores]:
    backend, context = SqliteBackend(), StoreContext(data, clock)
    stores = Stores(
        {
            "movies": backend.movie_store("sqlite:///movies.db", context),
            "rates": backend.rate_store("sqlite:///rates.db", context),
            "events": backend.event_log("sqlite:///events.db", context, [Topic(TOPIC.topic)]),
        }
    )
    for store in stores.listed.values():
        io_loop.run_sync(store.open)
    yield stores
    for store in stores.listed.values():
        io_loop.run_sync(store.close)


@pytest.mark.gen_test
async def test_an_audit_names_every_average_that_the_rates_do_not_add_up_to(
    stores: Stores, clock: ManualClock
) -> None:
    await stores.rates.put_many(RATES)
    await stores.rates.mark_announced(RATES)
    await stores.movies.apply(RATES)
    assert await audit(stores, TOPIC, clock, patience=0) == SOUND
    await stores.rates.put(Rate("cem", "tt1", 10, 1))
    await stores.rates.put(Rate("ann", "tt9", 5, 1))
    await stores.movies.apply([Rate("ann", "tt2", 4, 2), Rate("bob", "tt4", 8, 1)])
    found = await audit(stores, TOPIC, clock, patience=0)
    assert found == Audit(
        movies=3,
        rates=5,
        differences=[
            Difference("tt1", Average("tt1", 26, 3), Average("tt1", 16, 2)),
            Difference("tt2", Average("tt2", 3, 1), Average("tt2", 4, 1)),
            Difference("tt4", Average("tt4", 0, 0), Average("tt4", 8, 1)),
            Difference("tt9", Average("tt9", 5, 1), Average("tt9", 0, 0)),
        ],
        pending=2,
        lag=0,
    )


@pytest.mark.gen_test
async def test_an_audit_waits_for_rates_announcements_and_events_under_way(stores: Stores) -> None:
    async def apply() -> None:
        await stores.movies.apply(RATES)

    async def announce() -> None:
        await stores.events.publish(TOPIC.topic, [events.encode(rate) for rate in RATES])
        await stores.rates.mark_announced(RATES)

    async def commit() -> None:
        subscription = await stores.events.subscribe(TOPIC.topic, TOPIC.group)
        await subscription.commit(await subscription.poll(100, 0.0))
        await subscription.close()

    await stores.rates.put_many(RATES)
    clock = Meanwhile(apply, announce, commit)
    assert await audit(stores, TOPIC, clock, patience=60) == SOUND
    assert clock.monotonic() == 3 * PAUSE


@pytest.mark.gen_test
async def test_an_audit_waits_for_what_came_after_it_counted(stores: Stores) -> None:
    """A difference is looked at again even if nothing was under way when the audit looked."""

    async def apply() -> None:
        await stores.movies.apply(RATES)

    await stores.rates.put_many(RATES)
    await stores.rates.mark_announced(RATES)
    assert await audit(stores, TOPIC, Meanwhile(apply), patience=60) == SOUND


@pytest.mark.gen_test
async def test_an_audit_ends_with_its_patience(stores: Stores) -> None:
    await stores.rates.put_many(RATES)
    clock = Meanwhile()
    found = await audit(stores, TOPIC, clock, patience=60)
    assert clock.monotonic() == 60
    assert (len(found.differences), found.pending) == (2, 5)


@pytest.mark.gen_test
async def test_films_that_are_rated_all_the_time_do_not_differ(stores: Stores) -> None:
    """What is stored at a comparison is applied before the next; a rate of tt0 never is."""
    rates = [Rate("ann", f"tt{number}", 5, 1) for number in range(60)]

    async def go_on() -> None:
        applied, coming = rates.pop(1), rates[1]
        await stores.movies.apply([applied])
        await stores.rates.mark_announced([applied])
        await stores.rates.put(coming)

    await stores.rates.put_many(rates[:2])
    clock = Meanwhile(*[go_on] * 50)
    found = await audit(stores, TOPIC, clock, patience=50 * PAUSE)
    assert [each.movie_id for each in found.differences] == ["tt0"]
    assert found.pending == 2


def test_an_audit_prints_the_first_differences_and_how_many_more_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    differences = [
        Difference(f"tt{number}", Average(f"tt{number}", 9, 1), Average(f"tt{number}", 5, 2))
        for number in range(SHOWN + 1)
    ]
    counts = "0 rates not yet announced, 0 events not yet applied"
    tell(Audit(movies=60, rates=70, differences=differences[:SHOWN], pending=0, lag=0))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == SHOWN + 1
    assert lines[0] == "tt0: rate_sum 5, rate_count 2; the rates add up to 9, 1"
    assert lines[-1] == f"70 rates of 60 movies, {SHOWN} differences; {counts}"
    tell(Audit(movies=60, rates=70, differences=differences, pending=0, lag=0))
    assert capsys.readouterr().out.splitlines()[SHOWN:] == [
        "… and 1 more",
        f"70 rates of 60 movies, {SHOWN + 1} differences; {counts}",
    ]


@pytest.mark.parametrize(
    ("differ", "pending", "lag", "hinted"),
    [(True, 1, 0, True), (True, 0, 1, True), (True, 0, 0, False), (False, 1, 1, False)],
)
def test_differences_that_may_be_under_way_are_said_to_be(
    capsys: pytest.CaptureFixture[str], differ: bool, pending: int, lag: int, hinted: bool
) -> None:
    difference = Difference("tt1", Average("tt1", 9, 1), Average("tt1", 0, 0))
    tell(Audit(1, 1, [difference] if differ else [], pending, lag))
    assert ("audit again while a consumer runs" in capsys.readouterr().out) == hinted


@pytest.mark.gen_test
async def test_a_rebuild_makes_the_averages_what_the_rates_add_up_to(
    stores: Stores, data: Path, clock: ManualClock
) -> None:
    films = [Rate("dan", f"zz{number:03}", 5, 1) for number in range(2 * PAGE)]
    await stores.movies.apply([*RATES[1:], *films])
    await stores.movies.apply([Rate("ann", "tt2", 4, 2), Rate("bob", "tt4", 8, 1)])
    await stores.rates.put_many([*RATES, *films])
    await stores.rates.mark_announced([*RATES, *films])
    with closing(sqlite3.connect(data / "movies.db")) as connection, connection:
        connection.execute(
            "UPDATE movies SET rate_10 = 1 WHERE id IN ('tt1', ?)", (films[-1].movie_id,)
        )
    assert await rebuild(stores.rates, stores.movies, clock) == Rebuild(
        states=len(RATES) + len(films), applied=1, removed=2, recounted=2
    )
    assert (await audit(stores, TOPIC, clock, patience=0)).differences == []
    assert {state async for page in stores.movies.scan_states() for state in page} == {
        *RATES,
        *films,
    }
    assert (await rebuild(stores.rates, stores.movies, clock)).recounted == 0


@pytest.mark.gen_test
async def test_a_rebuild_waits_for_a_store_that_goes_away(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other call of the movie store fails, once it is done."""
    for name in ("apply", "correct", "average_ids", "recount"):
        monkeypatch.setattr(stores.movies, name, every_other(getattr(stores.movies, name)))
    await stores.rates.put_many(RATES)
    await retried(partial(stores.movies.apply, [Rate("bob", "tt4", 8, 1)]), HastyClock())
    done = await rebuild(stores.rates, stores.movies, HastyClock())
    assert done.states == len(RATES)
    assert (await compare(stores, TOPIC)).differences == []


def every_other(method: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    """``method``, whose first, third, ... answer is lost."""
    calls = itertools.count()

    async def call(*arguments: Any) -> T:
        answer = await method(*arguments)
        if next(calls) % 2 == 0:
            raise StoreUnavailable("the connection is lost")
        return answer

    return call
