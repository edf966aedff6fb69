import json

import pytest
from msgspec.structs import replace

from movieserver import events
from movieserver.backends import Record
from movieserver.errors import MessageUnreadable
from movieserver.jobs.consume_rates import sort_out
from movieserver.jobs.dead_letters import LARGEST, portion_of
from movieserver.models import Rate

RATE = {"user_id": "alice", "movie_id": "tt1", "rate": 9, "version": 1_700_000_000_000_000}


def record(value: bytes | None, key: bytes | None = b"k") -> Record:
    return Record("movie_rate_topic", 3, 42, key, value, (("trace", b"t"),), 0.0)


@pytest.mark.parametrize("rate", [*range(1, 11), None])
@pytest.mark.parametrize("user", ["alice", "ä ö | 漢字", "x" * 255, '"', "\\"])
def test_what_is_encoded_is_decoded(rate: int | None, user: str) -> None:
    stated = Rate(user, "tt0050083", rate, 1_700_000_000_000_000)
    message = events.encode(stated)
    assert events.decode(record(message.value)) == stated
    assert json.loads(message.key) == [user, "tt0050083"]
    assert message.partition_key == b"tt0050083"


def test_the_value_is_the_contracts() -> None:
    value = json.loads(events.encode(Rate("alice", "tt1", None, 5)).value)
    wanted = {"user_id": "alice", "movie_id": "tt1", "rate": None, "version": 5, "schema": 1}
    assert value == wanted


def test_an_unknown_field_is_let_pass() -> None:
    value = json.dumps(RATE | {"schema": 1, "rated_with": "app"}).encode()
    assert events.decode(record(value)).rate == 9


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff\xfe",
        b"nonsense",
        b"[]",
        b"null",
        b"9",
        b"[" * 100_000,
        json.dumps(RATE).encode(),
        *(
            json.dumps({"schema": 1, **RATE, **wrong}).encode()
            for wrong in (
                {"schema": 2},
                {"schema": True},
                {"schema": "1"},
                {"user_id": ""},
                {"user_id": None},
                {"user_id": "x" * 256},
                {"user_id": "a\0b"},
                {"user_id": "\ud800"},
                {"user_id": ["alice"]},
                {"movie_id": "a b"},
                {"movie_id": "x" * 21},
                {"movie_id": 7},
                {"rate": 0},
                {"rate": 11},
                {"rate": 9.0},
                {"rate": True},
                {"rate": "9"},
                {"version": 0},
                {"version": -5},
                {"version": 1.5},
                {"version": "5"},
                {"version": True},
                {"version": 2**63},
                {"version": float("nan")},
            )
        ),
        b'{"schema":1,"user_id":"a","movie_id":"b","version":5}',
        b'{"schema":1,"user_id":"a","movie_id":"b","rate":' + b"9" * 1_000_000 + b',"version":5}',
    ],
)
def test_what_states_no_rate_becomes_a_dead_letter(value: bytes | None) -> None:
    with pytest.raises(MessageUnreadable):
        events.decode(record(value))
    rates, [dead] = sort_out([record(value)])
    assert rates == []
    assert dead.value == (value or b"")
    headers = dict(dead.headers)
    assert headers["reason"]
    assert len(headers["reason"]) < 300
    assert headers["topic"] == b"movie_rate_topic"
    assert (headers["partition"], headers["offset"], headers["trace"]) == (b"3", b"42", b"t")


LARGE = b"x" * (LARGEST + 1)


@pytest.mark.parametrize(
    "large",
    [
        record(LARGE),
        record(b"x", LARGE),
        replace(record(b"x"), headers=(("h", LARGE),)),
    ],
)
def test_of_what_is_too_large_the_beginning_becomes_a_dead_letter(large: Record) -> None:
    _, [dead] = sort_out([large])
    headers = dict(dead.headers)
    assert len(dead.key) + len(dead.value) + sum(map(len, headers.values())) < LARGEST // 4
    assert int(headers["size"]) > LARGEST
    assert headers["offset"] == b"42"


def test_what_the_log_could_not_read_becomes_a_dead_letter() -> None:
    _, [dead] = sort_out([replace(record(None, None), fault="a codec is missing")])
    assert dict(dead.headers)["reason"] == b"a codec is missing"


def test_dead_letters_are_published_in_portions() -> None:
    _, dead = sort_out([record(b"x" * (LARGEST - 300))] * 5)
    assert [len(portion_of(dead[start:])) for start in (0, 3, 4)] == [3, 2, 1]


def test_a_dead_letter_does_not_hold_up_its_neighbours() -> None:
    good = events.encode(Rate("alice", "tt1", 9, 5)).value
    rates, dead = sort_out([record(b"x"), record(good), record(None, None)])
    assert rates == [Rate("alice", "tt1", 9, 5)]
    assert len(dead) == 2
