"""What only real brokers show: their death, their settings, their locks, others' messages."""

import asyncio
import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import ConfigResource, ConfigResourceType
from tornado.ioloop import IOLoop

from engines.kafka import Kafka
from engines.packages import program
from movieserver import events
from movieserver.backends import EventLog, Message, Record, StoreContext, Subscription, Topic
from movieserver.backends.kafka import backend, member
from movieserver.backends.kafka.fetched import fetch
from movieserver.backends.kafka.subscription import KafkaSubscription
from movieserver.errors import ConfigurationError, StoreError, StoreRefused, StoreUnavailable
from movieserver.models import Rate
from tests.engines.brokers import BROKERS, URL, remove

BROKER = BROKERS[0]
GROUP = "test"
PORT = 20_000 + os.getpid() % 3000 * 3
"""Of a broker that one test kills and starts: below the ports that clients are given."""

MakeLog = Callable[..., EventLog]


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


def numbered(count: int, start: int = 0, size: int = 10) -> list[Message]:
    return [
        Message(b"key %d" % n, (b"%d" % n).ljust(size), b"movie %d" % n)
        for n in range(start, start + count)
    ]


async def receive(subscription: Subscription, count: int) -> list[Record]:
    records: list[Record] = []
    async with asyncio.timeout(30):
        while len(records) < count:
            records += await subscription.poll(1000, 5.0)
    return records


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


class TestTopics:
    @pytest.mark.gen_test(timeout=60)
    async def test_it_is_made_as_the_profile_says(self, make_log: MakeLog, topic: Topic) -> None:
        dead = Topic(f"{topic.name}.dead", 1, retention=3600.0, compacted=False)
        await make_log(topic, dead).open()
        assert described(topic.name) == (2, {"cleanup.policy": "compact"})
        assert described(dead.name) == (1, {"cleanup.policy": "delete", "retention.ms": "3600000"})

    @pytest.mark.gen_test(timeout=60)
    async def test_another_number_of_partitions_is_refused(
        self, make_log: MakeLog, topic: Topic
    ) -> None:
        await make_log(topic).open()
        with pytest.raises(StoreRefused, match=r"2 partitions and the profile says 3: set"):
            await make_log(Topic(topic.name, 3)).open()

    @pytest.mark.gen_test(timeout=60)
    async def test_another_policy_and_fewer_replicas_are_refused_in_one_message(
        self, make_log: MakeLog, topic: Topic
    ) -> None:
        await make_log(Topic(topic.name, 2, compacted=False)).open()
        with pytest.raises(StoreRefused) as error:
            await make_log(Topic(topic.name, 2, replication=9)).open()
        assert "cleanup.policy=delete and needs compact" in str(error.value)
        assert "replicas and the profile says 9" in str(error.value)

    @pytest.mark.gen_test(timeout=60)
    async def test_more_replicas_than_brokers_are_refused_in_the_brokers_words(
        self, make_log: MakeLog, topic: Topic
    ) -> None:
        with pytest.raises(StoreRefused) as error:
            await make_log(Topic(topic.name, replication=99)).open()
        said = str(error.value)
        assert said.startswith(f"Kafka {BROKER}: the topic {topic.name} cannot be made: Unable to")
        assert said.endswith("; set events.replication to no more than the brokers")
        assert "Request" not in said

    @pytest.mark.gen_test(timeout=60)
    async def test_settings_that_lose_something_are_refused(
        self, make_log: MakeLog, topic: Topic
    ) -> None:
        dead = Topic(f"{topic.name}.dead", 1, retention=3600.0, compacted=False)
        await make_log(topic, dead).open()
        configure(topic.name, {"message.timestamp.type": "CreateTime", "retention.ms": "1"})
        with pytest.raises(StoreRefused, match="type=CreateTime and needs LogAppendTime: kafka-c"):
            await make_log(topic).open()
        configure(dead.name, {"max.message.bytes": "100", "retention.ms": "-1"})
        with pytest.raises(StoreRefused, match=r"max.message.bytes=100 and needs 2097152"):
            await make_log(dead).open()
        configure(dead.name, {"max.message.bytes": "9000000", "retention.ms": "3599999"})
        with pytest.raises(StoreRefused, match=r"retention.ms=3599999 and needs 3600000"):
            await make_log(dead).open()


def configure(name: str, settings: dict[str, str]) -> None:
    """Set a topic's settings."""
    admin = KafkaAdminClient(bootstrap_servers=BROKER)
    try:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=settings)])
    finally:
        admin.close()


def described(name: str) -> tuple[int, dict[str, str]]:
    """A topic's partitions, and what is special about its clean-up."""
    admin = KafkaAdminClient(bootstrap_servers=BROKER)
    try:
        [found] = admin.describe_topics([name])
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        configs = admin.describe_configs([resource], config_filter="all")["topic"][name]
    finally:
        admin.close()
    names = ["cleanup.policy"]
    if configs["cleanup.policy"]["value"] == "delete":
        names.append("retention.ms")
    return len(found["partitions"]), {each: configs[each]["value"] for each in names}


class TestOtherPrograms:
    @pytest.mark.gen_test(timeout=60)
    async def test_kcat_reads_what_is_published(self, make_log: MakeLog, topic: Topic) -> None:
        log = make_log(topic)
        await log.open()
        message = events.encode(Rate("ünal", "tt0050083", 9, 1_700_000_000_000_001))
        await log.publish(topic.name, [message])
        printed = kcat("-C", "-t", topic.name, "-e", "-f", "%k\t%s\n")
        assert printed == f"{message.key.decode()}\t{message.value.decode()}\n"

    @pytest.mark.gen_test(timeout=60)
    async def test_what_kcat_writes_is_read(self, make_log: MakeLog, topic: Topic) -> None:
        log = make_log(topic)
        await log.open()
        rate = Rate("bob", "tt0050083", None, 1_700_000_000_000_002)
        value = events.encode(rate).value.decode()
        kcat(
            "-P", "-t", topic.name, "-p", "1", "-K", "\t", "-H", "from=kcat", given=f"k\t{value}\n"
        )
        subscription = await log.subscribe(topic.name, GROUP)
        [record] = await receive(subscription, 1)
        assert (record.partition, record.key, record.headers) == (1, b"k", (("from", b"kcat"),))
        assert events.decode(record) == rate
        await subscription.close()

    @pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
    @pytest.mark.gen_test(timeout=60)
    async def test_what_is_compressed_is_read(
        self, make_log: MakeLog, topic: Topic, codec: str
    ) -> None:
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
        self, make_log: MakeLog, topic: Topic
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
    async def test_a_message_without_key_or_value(self, make_log: MakeLog, topic: Topic) -> None:
        log = make_log(Topic(topic.name, 2, compacted=False))
        await log.open()
        kcat("-P", "-t", topic.name, "-p", "0", "-Z", "-K", "\t", given="\t\n")
        subscription = await log.subscribe(topic.name, GROUP)
        [record] = await receive(subscription, 1)
        assert (record.key, record.value) == (None, None)
        await subscription.commit([record])
        assert await log.lag(topic.name, GROUP) == 0
        await subscription.close()


class TestLargeMessages:
    @pytest.mark.gen_test(timeout=60)
    async def test_a_poison_message_of_a_megabyte_fits_among_the_dead(
        self, make_log: MakeLog, topic: Topic
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
        self, make_log: MakeLog, topic: Topic
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


class TestGroups:
    @pytest.mark.gen_test(timeout=90)
    async def test_a_member_whose_owner_is_busy_shares_its_partitions(
        self, make_log: MakeLog, topic: Topic
    ) -> None:
        log = make_log(topic)
        await log.open()
        await log.publish(topic.name, numbered(100))
        busy = await log.subscribe(topic.name, GROUP)
        held = await receive(busy, 100)
        other = await log.subscribe(topic.name, GROUP)
        found: list[Record] = []
        async with asyncio.timeout(30):
            while not found:  # nobody polls the busy one, as in an outage of its database
                found = await other.poll(1000, 5.0)
        shared = {record.partition for record in found}
        assert len(shared) == 1
        await busy.commit(held)  # of the partition that is still its own
        assert await log.lag(topic.name, GROUP) == len(found)
        await busy.close()
        await other.close()

    @pytest.mark.gen_test(timeout=60)
    async def test_a_commit_does_not_wait_for_records(
        self, make_log: MakeLog, topic: Topic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        turns: list[KafkaConsumer] = []

        def counted(consumer: KafkaConsumer, seconds: float, most: int) -> list[Record]:
            turns.append(consumer)
            return fetch(consumer, seconds, most)

        log = make_log(topic)
        await log.open()
        await log.publish(topic.name, numbered(150))
        subscription = await log.subscribe(topic.name, GROUP)
        await subscription.commit(await subscription.poll(1, 20.0))
        monkeypatch.setattr(member, "fetch", counted)
        for _ in range(100):
            await subscription.commit(await subscription.poll(1, 5.0))
        assert len(turns) < 50
        await subscription.close()

    @pytest.mark.gen_test(timeout=60)
    async def test_memory_is_bounded_while_the_owner_is_busy(
        self, make_log: MakeLog, topic: Topic
    ) -> None:
        log = make_log(topic)
        await log.open()
        for start in range(0, 40_000, 10_000):
            await log.publish(topic.name, numbered(10_000, start, size=200))
        subscription = await log.subscribe(topic.name, GROUP)
        assert isinstance(subscription, KafkaSubscription)
        records = await subscription.poll(1, 20.0)
        while len(records) < 40_000:
            assert subscription._count <= 20_000
            more = await subscription.poll(500, 5.0)
            assert more
            records += more
        await subscription.close()


class TestAddresses:
    """One clear message for each way to be wrong, without the password."""

    @pytest.mark.parametrize(
        ("url", "error", "message"),
        [
            ("kafka://127.0.0.1:1", StoreUnavailable, "127.0.0.1:1: Connection refused"),
            ("kafka://no-such-host.invalid:1", StoreUnavailable, "no-such-host.invalid:1: "),
            ("kafka://{controller}", StoreRefused, "it is a controller and no broker"),
            ("kafka://{secure}", StoreRefused, "it demands TLS"),
            (
                "kafka://movieserver:hush@{plain}?security_protocol=SASL_PLAINTEXT",
                StoreRefused,
                "it takes no user",
            ),
            ("kafka://{plain}?security_protocol=SSL&ssl_cafile={ca}", StoreRefused, "no TLS"),
            ("kafka://{secure}?security_protocol=SSL&ssl_cafile={ca}", StoreRefused, "a user"),
            ("kafka://movieserver:hush@{secure}?ssl_cafile={ca}", StoreRefused, "credentials"),
            ("kafka://movieserver:hush@{secure}", StoreRefused, "not trusted"),
            (
                "kafka://movieserver:hush@{secure}?ssl_cafile={ca}&sasl_mechanism=PLAIN",
                StoreRefused,
                "PLAIN is not one of its own: SCRAM-SHA-512",
            ),
        ],
    )
    @pytest.mark.gen_test(timeout=60)
    async def test_what_is_wrong_is_said(
        self,
        make_log: MakeLog,
        secure: dict[str, str],
        topic: Topic,
        url: str,
        error: type[StoreError],
        message: str,
    ) -> None:
        with pytest.raises(error, match=message) as found:
            await make_log(topic, url=url.format(**secure)).open()
        assert "hush" not in str(found.value)

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("kafka://h", "every host has a port"),
            ("kafka://h:1?acks=1", "no parameter 'acks'"),
            ("kafka://h:1?security_protocol=TLS", "one of PLAINTEXT"),
            ("kafka://a:hush@h:1?security_protocol=SSL", "SASL"),
            ("kafka://a@h:1", "a password"),
            ("kafka://a:hush@h:1?ssl_cafile=/no/such/file", "No such file"),
        ],
    )
    def test_what_cannot_be_read_is_said(self, make_log: MakeLog, url: str, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message) as found:
            make_log(url=url)
        assert "hush" not in str(found.value)

    @pytest.mark.gen_test(timeout=60)
    async def test_over_tls_with_a_password_from_a_file(
        self, make_log: MakeLog, secure: dict[str, str], topic: Topic, tmp_path: Path
    ) -> None:
        password = tmp_path / "password"
        password.write_text("movieserver\n")
        url = "kafka://movieserver@{secure}?ssl_cafile={ca}&sasl_password_file={password}"
        log = make_log(topic, url=url.format(**secure, password=password))
        await log.open()
        await log.ping()
        await log.publish(topic.name, numbered(50))
        subscription = await log.subscribe(topic.name, GROUP)
        await subscription.commit(await receive(subscription, 50))
        assert await log.lag(topic.name, GROUP) == 0
        await subscription.close()


@pytest.fixture(scope="module")
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


class TestDeath:
    @pytest.mark.gen_test(timeout=110)
    async def test_a_broker_is_killed_while_messages_are_published_and_read(
        self, make_log: MakeLog, engine: Kafka, topic: Topic
    ) -> None:
        log = make_log(topic, url=engine.environment()["MOVIESERVER_EVENTS"], timeout=3.0)
        await log.open()
        subscription = await log.subscribe(topic.name, GROUP)
        await log.publish(topic.name, numbered(100))
        engine.node(1).stop(signal.SIGKILL)
        loop = asyncio.get_running_loop()
        began = loop.time()
        refused = await asyncio.gather(
            *(log.publish(topic.name, numbered(10, n)) for n in range(200)), return_exceptions=True
        )
        assert all(isinstance(error, StoreUnavailable) for error in refused)
        assert loop.time() - began < 6.0
        with pytest.raises(StoreUnavailable):
            await log.ping()
        await asyncio.to_thread(engine.start, 1)
        await published(log, topic.name, numbered(100, 100))
        expected = {message.value for message in numbered(200)}
        found: set[bytes | None] = set()
        async with asyncio.timeout(60):
            while not expected <= found:
                records = await subscription.poll(1000, 5.0)
                found |= {record.value for record in records}
        await subscription.close()


async def published(log: EventLog, topic: str, messages: list[Message]) -> None:
    """Publish until the log takes it, as the relay does."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await log.publish(topic, messages)
            except StoreUnavailable:
                await asyncio.sleep(0)
