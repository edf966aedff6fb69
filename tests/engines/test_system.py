"""The three profiles on the three engines: rates, deaths of processes, messages of others."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from movieserver.catalogue import shipped_movies
from tests.engines.brokers import BROKERS
from tests.engines.system import PATIENCE, System
from tests.processes import Process, eventually
from tests.raters import go_on, rating, storm

PARTITIONS = range(8)
GOOD = {"user_id": "kcat", "movie_id": "tt0034583", "rate": 9, "version": 1, "schema": 1}
POISON = (
    b"",
    b"\xff\xfe not JSON",
    b"[" * 5000,
    b"[1, 2]",
    json.dumps(GOOD | {"schema": 2}).encode(),
    json.dumps(GOOD | {"rate": "9"}).encode(),
    json.dumps(GOOD | {"rate": 9.5}).encode(),
    json.dumps(GOOD | {"version": True}).encode(),
    json.dumps(GOOD | {"user_id": 7}).encode(),
    json.dumps(GOOD | {"movie_id": "tt/../1"}).encode(),
    json.dumps(GOOD | {"user_id": "x" * 1_000_000}).encode(),
)


@pytest.fixture
def system(data: Path) -> Iterator[System]:
    system = System(data)
    try:
        system.migrate()
        yield system
    finally:
        system.end()


def test_a_rate_through_one_process_is_in_the_top_ten_of_another(system: System) -> None:
    processes = system.start_all()
    public, rating_ = processes["public"], processes["rating"]
    for user, rate in (("alice", 9), ("bob", 8), ("carol", 10)):
        assert rating_.rate(user, "tt0050083", rate).status_code == 200
    first = eventually(lambda: public.top10()[0]["rate_count"] == 3 and public.top10()[0])
    assert (first["id"], first["rate"]) == ("tt0050083", 9.0)
    assert public.get("/movies/tt0050083").json()["distribution"][7:] == [1, 1, 1]
    path = "/movies/tt0050083/users/rate"
    assert rating_.call("DELETE", path, headers=rating_.bearer("carol")).status_code == 204
    eventually(lambda: public.top10()[0]["rate_count"] == 2)
    for process in processes.values():
        assert process.terminate() == 0, "".join(process.output)
    assert system.audit().startswith("2 rates of 1 movie, 0 differences; 0 rates not yet")


def test_the_rating_server_is_killed(system: System) -> None:
    processes = system.start_all()
    raters = storm(processes["rating"], processes["rating"].kill)
    again = system.start("rating")
    assert sum(rater.check(again) for rater in raters) > 20
    system.audit()


def test_the_consumer_is_killed_and_another_takes_over(system: System) -> None:
    processes = system.start_all()
    with rating(processes["rating"]) as raters:
        processes["consumer"].kill()
        other = system.start("consumer")
        go_on(raters)
    assert sum(rater.check(processes["rating"]) for rater in raters) > 20
    system.audit()
    assert other.terminate() == 0


def test_a_poison_message_never_stops_a_partition(system: System) -> None:
    processes = system.start_all()
    poison = [(b"k%d" % number, value) for number, value in enumerate(POISON)]
    publish(system, [(partition, *each) for partition in PARTITIONS for each in poison])
    unknown = json.dumps(GOOD | {"mood": {"of": ["the", "day"]}}).encode()
    publish(system, [(0, b"more fields", unknown)])
    films = [movie.id for movie in shipped_movies()[:40] if movie.id != GOOD["movie_id"]]
    for film in films:
        assert processes["rating"].rate("alice", film, 7).status_code == 200
    public = processes["public"]
    for film in (*films, str(GOOD["movie_id"])):
        eventually(partial(rated, public, film), PATIENCE)
    letters = eventually(lambda: dead(system, len(POISON) * len(PARTITIONS)), PATIENCE)
    origins = set()
    for letter in letters:
        headers = dict(letter.headers)
        assert headers["topic"].decode() == system.topic
        assert headers["reason"]
        origins.add((headers["partition"], headers["offset"]))
        assert letter.value == POISON[int(letter.key[1:])]
    assert len(origins) == len(letters) == len(POISON) * len(PARTITIONS)
    assert processes["consumer"].terminate() == 0


def rated(server: Process, film: str) -> bool:
    """Whether one user's rate of a film has arrived."""
    return bool(server.get(f"/movies/{film}").json()["rate_count"] == 1)


def publish(system: System, messages: Sequence[tuple[int, bytes, bytes]]) -> None:
    """Write messages into the topic as another program might."""
    producer = KafkaProducer(bootstrap_servers=BROKERS, max_request_size=2**21)
    try:
        for partition, key, value in messages:
            producer.send(system.topic, partition=partition, key=key, value=value)
        producer.flush(PATIENCE)
    finally:
        producer.close()


def dead(system: System, count: int) -> list[Any]:
    """The dead letters, as soon as there are ``count``."""
    place = TopicPartition(f"{system.topic}.dead", 0)
    with closing(KafkaConsumer(bootstrap_servers=BROKERS)) as consumer:
        consumer.assign([place])
        if consumer.end_offsets([place])[place] < count:
            return []
        consumer.seek_to_beginning(place)
        found: list[Any] = []
        while len(found) < count:
            found += consumer.poll(1000).get(place, [])
    return found
