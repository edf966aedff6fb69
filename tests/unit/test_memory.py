"""The small parts that hold values in memory."""

import asyncio

import pytest

from movieserver.announcements import Announcements
from movieserver.answers import LARGE, Answer, to_json
from movieserver.clock import Clock, SystemClock, VersionClock
from movieserver.errors import NotLoaded, StoreUnavailable
from movieserver.memory import read_cache
from movieserver.memory.rankings import Ranking, top_ten, weighted_top_ten
from movieserver.memory.read_cache import ReadCache
from movieserver.memory.snapshot import Snapshot
from movieserver.models import LAST_MOMENT, LAST_VERSION, Rate, RatedMovie


class SetClock(Clock):
    """A clock that shows what it is set to."""

    now = 1000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def rate(number: int) -> Rate:
    return Rate("alice", f"tt{number}", 5, number)


def test_a_snapshot_knows_whether_it_is_loaded_and_how_old_it_is() -> None:
    clock = SetClock()
    snapshot: Snapshot[str] = Snapshot("top10", clock)
    with pytest.raises(NotLoaded, match="top10"):
        _ = snapshot.value
    assert (snapshot.loaded, snapshot.age) == (False, None)
    snapshot.replace("first")
    clock.now += 5
    assert (snapshot.value, snapshot.age) == ("first", 5.0)
    snapshot.confirm()
    assert (snapshot.value, snapshot.age) == ("first", 0.0)


def test_versions_grow_when_the_clock_stands_still_or_steps_back() -> None:
    clock = SetClock()
    versions = VersionClock(clock)
    first = versions.next()
    assert first == 1_000_000_000
    second = versions.next()
    clock.now -= 500
    third = versions.next()
    clock.now += 1000
    assert first < second < third < versions.next() == 1_500_000_000


def test_versions_follow_those_of_others_unless_no_clock_can_have_given_them() -> None:
    versions = VersionClock(SetClock())
    versions.follow(LAST_MOMENT)
    assert versions.next() == LAST_MOMENT + 1
    versions = VersionClock(SetClock())
    versions.follow(LAST_VERSION)
    assert versions.next() == 1_000_000_000


@pytest.mark.gen_test
async def test_announcements_come_in_order_and_are_bounded() -> None:
    announcements = Announcements(limit=3)
    waiting = asyncio.ensure_future(announcements.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    for number in range(5):
        announcements.offer(rate(number))
    await waiting
    assert announcements.take(2) == [rate(0), rate(1)]
    await announcements.wait()
    assert announcements.take(9) == [rate(2)]
    assert announcements.take(9) == []
    again = asyncio.ensure_future(announcements.wait())
    await asyncio.sleep(0)
    assert not again.done()
    again.cancel()


@pytest.mark.gen_test
async def test_a_read_cache_spares_the_store_and_keeps_its_last_answers() -> None:
    clock, asked = SetClock(), []
    down = False

    async def load(key: str) -> str:
        asked.append(key)
        await asyncio.sleep(0)
        if down:
            raise StoreUnavailable("down")
        return key.upper()

    cache = ReadCache(load, clock, size=2, max_age=1.0)
    assert await asyncio.gather(*(cache.get("a") for _ in range(5))) == ["A"] * 5
    assert asked == ["a"]
    clock.now += 0.9
    assert await cache.get("a") == "A"
    clock.now += 0.2
    assert await cache.get("a") == "A"
    assert asked == ["a", "a"]
    down = True
    clock.now += 100
    for key in "ab":
        with pytest.raises(StoreUnavailable):
            await cache.get(key)
    kept = cache.kept("a")
    assert kept is not None
    assert (kept.value, round(kept.age)) == ("A", 100)
    assert cache.kept("b") is None
    down = False
    clock.now += 1
    for key in ("b", "c"):
        await cache.get(key)
    assert cache.kept("a") is None


@pytest.mark.gen_test
async def test_nobody_waits_for_a_store_that_is_known_to_hang(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read_cache, "PATIENCE", 0.01)
    clock, asked = SetClock(), []
    answers = {key: asyncio.get_running_loop().create_future() for key in "abc"}

    async def load(key: str) -> str:
        asked.append(key)
        return str(await answers[key])

    cache = ReadCache(load, clock, size=9, max_age=1.0)
    answers["a"].set_exception(StoreUnavailable("no answer within the time limit"))
    with pytest.raises(StoreUnavailable):
        await cache.get("a")
    for now, key, known in (
        (1000.0, "b", "a"),
        (1000.9, "b", "a"),
        (1001.0, "b", "ab"),
        (1009.0, "b", "ab"),
        (1009.0, "c", "ab"),
    ):
        clock.now = now
        with pytest.raises(StoreUnavailable, match="no answer within"):
            await cache.get(key)
        assert asked == list(known)
    answers["b"].set_result("B")
    await asyncio.sleep(0.01)
    assert await cache.get("b") == "B"
    answers["c"].set_result("C")
    assert await cache.get("c") == "C"


@pytest.mark.gen_test
async def test_a_store_that_answers_again_is_asked_by_everybody() -> None:
    clock = SetClock()
    down = True

    async def load(key: str) -> str:
        if down:
            raise StoreUnavailable("down")
        return key.upper()

    cache = ReadCache(load, clock, size=9, max_age=1.0)
    with pytest.raises(StoreUnavailable):
        await cache.get("a")
    down = False
    clock.now += 1
    assert await cache.get("a") == "A"
    assert [*await asyncio.gather(cache.get("b"), cache.get("c"))] == ["B", "C"]


def test_the_top_ten_is_encoded_when_it_is_made() -> None:
    movie = RatedMovie("tt1", "Ü", 2001, None, (0, 0, 0, 0, 0, 0, 0, 0, 1, 1))
    top = top_ten([movie])
    assert (
        top.body
        == (
            '{"result": [{"id": "tt1", "title": "Ü", "rate": 9.5, "rate_count": 2, '
            '"box_office_value": null}]}'
        ).encode()
    )
    weighted = weighted_top_ten([movie], prior_count=2, mean=9.5)
    assert b'"m": 2, "C": 9.5' in weighted.body
    assert b'"rate_sum": 19, "weighted_rate": 9.5' in weighted.body
    unrated = RatedMovie("tt2", "Nobody's", 2001, None, (0,) * 10)
    weighted = weighted_top_ten([unrated], prior_count=2, mean=9.5)
    assert b'"rate_sum": 0, "weighted_rate": 0.0' in weighted.body


def test_the_ranking_answers_what_it_can_know() -> None:
    movies = [RatedMovie(f"tt{n}", "x", None, None, (n, *[0] * 9)) for n in (3, 1, 2)]
    whole, first = Ranking(movies, limit=4), Ranking(movies, limit=3)
    for ranking in (whole, first):
        assert [movie.id for movie in ranking.top(2, min_votes=2)] == ["tt3", "tt2"]
        assert ranking.movie("tt1") == movies[1]
    assert len(whole.top(3, min_votes=2)) == 2
    assert whole.movie("tt4") is None
    with pytest.raises(LookupError):
        first.top(3, min_votes=2)
    with pytest.raises(LookupError):
        first.movie("tt4")


def test_an_answers_tag_is_that_of_its_bytes() -> None:
    assert Answer.of({"a": 1}) == Answer.of({"a": 1})
    assert Answer.of({"a": 1}).etag != Answer.of({"a": 2}).etag
    assert Answer.of({}).etag.startswith('"')
    assert to_json({"lone": "\ud800"}) == b'{"lone": "?"}'


def test_an_answer_keeps_what_else_it_varies_by() -> None:
    varying = {"Vary": "Accept-Language"}
    small, large = (Answer.of_bytes(b"x" * size, "text/plain", varying) for size in (9, LARGE))
    assert small.headers["Vary"] == "Accept-Language"
    assert large.gzipped is not None
    for form in (large, large.gzipped):
        assert form.headers["Vary"] == "Accept-Language, Accept-Encoding"


@pytest.mark.gen_test
async def test_the_system_clock_is_the_machines() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0.001)
    assert clock.monotonic() > before
    assert clock.time() > 1_700_000_000
