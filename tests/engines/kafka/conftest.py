"""Event logs on the brokers that the tests run against, and a broker of these tests' own."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from engines.kafka import Kafka
from movieserver.backends import EventLog, StoreContext, Topic
from movieserver.backends.kafka import backend
from tests.engines.brokers import URL, remove
from tests.engines.kafka.logs import MakeLog

PORT = 20_000 + os.getpid() % 3000 * 3
"""Of a broker that one test kills and starts: below the ports that clients are given."""


@pytest.fixture
def make_log(data: Path, io_loop: IOLoop) -> Iterator[MakeLog]:
    logs: list[EventLog] = []
    names: set[str] = set()

    def make(*topics: Topic, url: str = URL, timeout: float = 10.0) -> EventLog:
        names.update(topic.name for topic in topics)
        logs.append(backend.event_log(url, StoreContext(data, timeout=timeout), topics))
        return logs[-1]

    yield make
    for log in logs:
        io_loop.run_sync(log.close)
    remove(names)


@pytest.fixture
def topic() -> Topic:
    return Topic(f"test.{uuid.uuid4().hex}", 2)


@pytest.fixture(scope="package")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker of these tests' own."""
    engine = Kafka(tmp_path_factory.mktemp("engines"))
    engine.up(1, PORT)
    yield engine
    engine.wipe()


@pytest.fixture
def secure(engine: Kafka) -> dict[str, str]:
    """Where that broker speaks plainly, as a controller and over TLS; the certificate to trust."""
    return {
        "plain": f"127.0.0.1:{PORT}",
        "controller": f"127.0.0.1:{PORT + 1}",
        "secure": f"127.0.0.1:{PORT + 2}",
        "ca": str(engine.folder / "ca.pem"),
    }
