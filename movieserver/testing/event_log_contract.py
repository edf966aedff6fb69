"""Proves that an event log keeps to the interface: for every backend, this project's or not.

A test module subclasses ``EventLogContract`` as a class whose name pytest collects, and brings two
fixtures. pytest and pytest-tornado are in the extra ``movieserver[test]``::

    class TestEventLog(EventLogContract):
        pass

``make_event_log``
    A function that makes an event log with the topics that it is given, not open and connected as
    another process would be. All of one test are on the same data, which has no topics at first.
    The fixture closes what the test left open.
``perish``
    A coroutine function that ends the event log that it is given as a crash of its process would:
    no more sign of life comes from it, and it may be closed. Returns when time enough has passed
    that its members are taken for dead.

Topics have names that no other test uses.
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
    """Every sentence of ``movieserver.backends.EventLog`` and ``Subscription``, as tests."""

    @pytest.fixture
    def topics(self) -> Topics:
        """A topic of four partitions, and one of a single partition, whose order is total."""
        name = f"contract.{uuid.uuid4().hex}"
        return Topics(Topic(name, 4), Topic(f"{name}.single", 1))

    @pytest.fixture
    def event_log(
        self, make_event_log: MakeEventLog, topics: Topics, io_loop: IOLoop
    ) -> Iterator[EventLog]:
        """A log with both topics, open."""
        log = make_event_log(topics)
        io_loop.run_sync(log.open)
        yield log
        io_loop.run_sync(log.close)

    @pytest.fixture
    def second_event_log(
        self, event_log: EventLog, make_event_log: MakeEventLog, topics: Topics, io_loop: IOLoop
    ) -> Iterator[EventLog]:
        """Another one on the same data."""
        log = make_event_log(topics)
        io_loop.run_sync(log.open)
        yield log
        io_loop.run_sync(log.close)
