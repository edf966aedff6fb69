"""Proves that an event log, of this project or not, keeps the promises of its interface.

A test module subclasses ``EventLogContract`` with a name that pytest collects, and provides two
fixtures. pytest and pytest-tornado are in the extra ``movieserver[test]``::

    class TestEventLog(EventLogContract):
        pass

``make_event_log``
    A function that makes an event log with the given topics, not open, and connected as another
    process would be. All logs of one test share the same data, which has no topics at first. The
    fixture closes what the test left open.
``perish``
    A coroutine function that ends the given event log as a crash of its process would: it gives no
    more signs of life, and may be closed. Returns once enough time has passed for its members to
    count as dead.

Topic names are unique to each test.
"""

import uuid
from collections.abc import Iterator

import pytest
from tornado.ioloop import IOLoop

from movieserver.backends import EventLog, Topic
from movieserver.testing.event_log.delivery import DeliveryContract
from movieserver.testing.event_log.groups import GroupContract
from movieserver.testing.event_log.model import MakeEventLog, Topics
from movieserver.testing.event_log.publishing import PublishContract, TopicContract
from movieserver.testing.event_log.reading import LagContract, ReadContract


@pytest.mark.gen_test(timeout=60)
class EventLogContract(
    TopicContract,
    PublishContract,
    DeliveryContract,
    GroupContract,
    ReadContract,
    LagContract,
):
    """Tests every sentence of ``movieserver.backends.EventLog`` and ``Subscription``."""

    @pytest.fixture
    def topics(self) -> Topics:
        """A topic of four partitions, and one with a single partition, so in total order."""
        name = f"contract.{uuid.uuid4().hex}"
        return Topics(Topic(name, 4), Topic(f"{name}.single", 1))

    @pytest.fixture
    def event_log(
        self, make_event_log: MakeEventLog, topics: Topics, io_loop: IOLoop
    ) -> Iterator[EventLog]:
        """An open log with both topics."""
        log = make_event_log(topics)
        io_loop.run_sync(log.open)
        yield log
        io_loop.run_sync(log.close)

    @pytest.fixture
    def second_event_log(
        self, event_log: EventLog, make_event_log: MakeEventLog, topics: Topics, io_loop: IOLoop
    ) -> Iterator[EventLog]:
        """Another open log on the same data."""
        log = make_event_log(topics)
        io_loop.run_sync(log.open)
        yield log
        io_loop.run_sync(log.close)
