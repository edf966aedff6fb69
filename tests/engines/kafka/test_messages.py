"""Messages of other programs, and very large ones."""

import asyncio
import contextlib
import os
import subprocess

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.coordinator.assignors.range import RangePartitionAssignor

from engines.packages import program
from movieserver import events
from movieserver.backends import Message, Record, Topic
from movieserver.errors import StoreRefused
from movieserver.models import Rate
from tests.engines.kafka.logs import BROKER, GROUP, MakeLog, numbered, receive


def kcat(*arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [program("kcat", "kcat"), "-q", "-b", BROKER, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


@pytest.mark.gen_test(timeout=60)
async def test_kcat_reads_what_is_published(make_log: MakeLog, topic: Topic) -> None:
    log = make_log(topic)
    await log.open()
    message = events.encode(Rate("ünal", "tt0050083", 9, 1_700_000_000_000_001))
    await log.publish(topic.name, [message])
    printed = kcat("-C", "-t", topic.name, "-e", "-f", "%k\t%s\n")
    assert printed == f"{message.key.decode()}\t{message.value.decode()}\n"


@pytest.mark.gen_test(timeout=60)
async def test_what_kcat_writes_is_read(make_log: MakeLog, topic: Topic) -> None:
    log = make_log(topic)
    await log.open()
    rate = Rate("bob", "tt0050083", None, 1_700_000_000_000_002)
    value = events.encode(rate).value.decode()
    kcat("-P", "-t", topic.name, "-p", "1", "-K", "\t", "-H", "from=kcat", given=f"k\t{value}\n")
    subscription = await log.subscribe(topic.name, GROUP)
    [record] = await receive(subscription, 1)
    assert (record.partition, record.key, record.headers) == (1, b"k", (("from", b"kcat"),))
    assert events.decode(record) == rate
    await subscription.close()


@pytest.mark.gen_test(timeout=60)
async def test_what_a_transaction_took_back_was_never_announced(
    make_log: MakeLog, topic: Topic
) -> None:
    log = make_log(topic)
    await log.open()
    producer = KafkaProducer(bootstrap_servers=BROKER, transactional_id=topic.name)
    producer.init_transactions()
    for value, end in ((b"aborted", "abort_transaction"), (b"kept", "commit_transaction")):
        producer.begin_transaction()
        producer.send(topic.name, key=b"k", value=value, partition=0)
        getattr(producer, end)()
    producer.close()
    subscription = await log.subscribe(topic.name, GROUP)
    assert [record.value for record in await receive(subscription, 1)] == [b"kept"]
    await subscription.close()
    read = [record.value async for records in log.read(topic.name) for record in records]
    assert read == [b"kept"]


@pytest.mark.gen_test(timeout=60)
async def test_a_group_that_another_program_has_is_a_failure_until_that_is_gone(
    make_log: MakeLog, topic: Topic
) -> None:
    log = make_log(topic)
    await log.open()
    other = KafkaConsumer(
        topic.name,
        bootstrap_servers=BROKER,
        group_id=GROUP,
        partition_assignment_strategy=[RangePartitionAssignor],
    )
    while not other.assignment():
        other.poll(100)
    subscription = await log.subscribe(topic.name, GROUP)
    with pytest.raises(StoreRefused, match="another program is in this group"):
        async with asyncio.timeout(30):
            while True:
                await subscription.poll(1, 1.0)
    other.close()
    await log.publish(topic.name, numbered(3))
    found: list[Record] = []
    async with asyncio.timeout(30):
        while len(found) < 3:
            with contextlib.suppress(StoreRefused):
                found += await subscription.poll(3, 1.0)
    await subscription.close()


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
@pytest.mark.gen_test(timeout=60)
async def test_what_is_compressed_is_read(make_log: MakeLog, topic: Topic, codec: str) -> None:
    log = make_log(topic)
    await log.open()
    lines = "".join(f"k\t{n}{'x' * 1000}\n" for n in range(100))
    kcat("-P", "-t", topic.name, "-p", "0", "-K", "\t", "-z", codec, given=lines)
    subscription = await log.subscribe(topic.name, GROUP)
    found = await receive(subscription, 100)
    assert [record.value for record in found] == [b"%d" % n + b"x" * 1000 for n in range(100)]
    await subscription.close()


@pytest.mark.gen_test(timeout=60)
async def test_what_the_driver_cannot_read_stops_no_partition(
    make_log: MakeLog, topic: Topic
) -> None:
    log = make_log(topic)
    await log.open()
    for number in range(6):
        # Every other one has a header whose name is not UTF-8.
        header = ("-H", "\udcff=1") if number % 2 else ()
        kcat("-P", "-t", topic.name, "-p", "0", "-K", "\t", *header, given=f"k\t{number}\n")
    subscription = await log.subscribe(topic.name, GROUP)
    found = await receive(subscription, 6)
    assert [record.offset for record in found] == [*range(6)]
    assert [record.value for record in found] == [b"0", None, b"2", None, b"4", None]
    assert ["UnicodeDecodeError" in record.fault for record in found] == [False, True] * 3
    await subscription.commit(found)
    assert await log.lag(topic.name, GROUP) == 0
    await subscription.close()
    again = [record async for page in log.read(topic.name) for record in page]
    assert [record.offset for record in again] == [*range(6)]


@pytest.mark.gen_test(timeout=60)
async def test_a_message_without_key_or_value(make_log: MakeLog, topic: Topic) -> None:
    log = make_log(Topic(topic.name, 2, compacted=False))
    await log.open()
    kcat("-P", "-t", topic.name, "-p", "0", "-Z", "-K", "\t", given="\t\n")
    subscription = await log.subscribe(topic.name, GROUP)
    [record] = await receive(subscription, 1)
    assert (record.key, record.value) == (None, None)
    await subscription.commit([record])
    assert await log.lag(topic.name, GROUP) == 0
    await subscription.close()


@pytest.mark.gen_test(timeout=60)
async def test_a_poison_message_of_a_megabyte_fits_among_the_dead(
    make_log: MakeLog, topic: Topic
) -> None:
    dead = Topic(f"{topic.name}.dead", 1, compacted=False)
    log = make_log(topic, dead)
    await log.open()
    poison = Message(b"k", os.urandom(1_048_000), b"k")
    await log.publish(topic.name, [poison])
    headers = (("reason", b"x" * 2000),)
    await log.publish(dead.name, [Message(b"k", poison.value, b"k", headers)])
    [record] = [r async for page in log.read(dead.name) for r in page]
    assert record.value == poison.value


@pytest.mark.gen_test(timeout=60)
async def test_one_that_is_too_large_is_refused_and_harms_no_other(
    make_log: MakeLog, topic: Topic
) -> None:
    log = make_log(topic)
    await log.open()
    [small] = numbered(1)
    outcomes = await asyncio.gather(
        log.publish(topic.name, [Message(b"k", os.urandom(3_000_000), b"k")]),
        log.publish(topic.name, [small]),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], StoreRefused)
    assert outcomes[1] is None
    assert [r.value async for page in log.read(topic.name) for r in page] == [small.value]
