"""Three brokers and three Cassandra nodes with three copies of everything; one of each dies."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.cassandra import Cassandra
from engines.kafka import Kafka
from tests.engines.system import System, all_ready, said
from tests.raters import go_on, rating

KAFKA_PORT = 11_000 + os.getpid() % 600 * 3
CASSANDRA_PORT = 15_000 + os.getpid() % 1900
LONGEST = 5.0
"""Seconds that the death of a node may hold up a post: the store's time limit."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[Kafka, Cassandra]]:
    kafka, cassandra = Kafka(tmp_path), Cassandra(tmp_path)
    try:
        kafka.up(3, KAFKA_PORT)
        cassandra.up(3, CASSANDRA_PORT)
        yield kafka, cassandra
    finally:
        kafka.wipe()
        cassandra.wipe()


@pytest.mark.timeout(600)
def test_no_post_fails_while_a_node_of_each_is_killed(
    data: Path, cluster: tuple[Kafka, Cassandra]
) -> None:
    kafka, cassandra = cluster
    rates = f"{cassandra.environment()['MOVIESERVER_RATES']}?replication=3"
    urls = {**os.environ, **kafka.environment(), "MOVIESERVER_RATES": rates}
    system = System(data, urls)
    system.variables["MOVIESERVER_REPLICATION"] = "3"
    try:
        system.migrate()
        processes = system.start_all()
        with rating(processes["rating"]) as raters:
            go_on(raters, 20)
            cassandra.node(2).stop(signal.SIGKILL)
            kafka.node(2).stop(signal.SIGKILL)
            go_on(raters, 60)
            kafka.start(2)
            cassandra.start(2)
            go_on(raters, 20)
        assert sum(rater.refused for rater in raters) == 0, said(processes["rating"])
        assert max(rater.longest for rater in raters) < LONGEST
        all_ready(processes)
        assert sum(rater.check(processes["rating"]) for rater in raters) > 20
        system.audit()
    finally:
        system.kill()
        system.sql("postgres", f"DROP DATABASE IF EXISTS {system.name} WITH (FORCE)")
