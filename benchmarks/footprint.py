"""What a rate costs each engine: bin/engines up, then python -m benchmarks.footprint.

Rates are of random users, about a hundred for each, and of random films. Bytes are those of the
files, once written; processor time is that of this process and of the server, which a busy machine
hardly changes.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import psycopg2

from engines.cassandra import Cassandra
from engines.engine import Engine
from engines.kafka import Kafka
from engines.postgres import Postgres
from movieserver import events
from movieserver.backends import StoreContext, Topic
from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.models import Rate
from movieserver.plugins import Plugins

Measure = Callable[[StoreContext, int, Path], Coroutine[Any, Any, int]]

RUN = Path(os.environ.get("MOVIESERVER_ENGINES", "engines/run"))
"""Where the engines have their data, as bin/engines finds it."""
FILMS = 100_000
BATCH = 1_000
TOPIC = Topic("footprint", 1)
FLUSH = "ALTER TABLE {ks}.rates WITH memtable_flush_period_in_ms = 500"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=int, default=200_000)
    parser.add_argument("--run", type=Path, default=RUN)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        context = StoreContext(Path(data), timeout=60.0)
        for engine, measure in ENGINES:
            server = engine(options.run)
            before = time.process_time(), spent(server)
            size = asyncio.run(measure(context, options.rates, server.folder))
            costs = time.process_time() - before[0], spent(server) - before[1]
            ours, theirs = (1e6 * seconds / options.rates for seconds in costs)
            print(
                f"{server.name:9}  {size / options.rates:6.1f} bytes a rate, "
                f"{ours:5.1f} µs here, {theirs:5.1f} µs there",
                flush=True,
            )


def spent(engine: Engine) -> float:
    """Seconds of processor time that an engine's first node has used, including its children."""
    pid = engine.node(1).pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(map(ticks, [str(pid), *children])) / os.sysconf("SC_CLK_TCK")


def ticks(pid: str) -> int:
    """Ticks of processor time that a process and its ended children have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def batches(count: int) -> Iterator[list[Rate]]:
    """Batches of rates in random order; each user has about 100."""
    rng = random.Random(1)
    films = [f"tt{rng.randrange(10**7):07}" for _ in range(FILMS)]
    for start in range(0, count, BATCH):
        yield [
            Rate(
                f"user-{rng.randrange(count // 100):08}",
                rng.choice(films),
                rng.randint(1, 10),
                1_790_000_000_000_000 + start + n,
            )
            for n in range(BATCH)
        ]


async def cassandra(context: StoreContext, count: int, folder: Path) -> int:
    url = os.environ["MOVIESERVER_RATES"].rpartition("/")[0] + "/footprint"
    store = Plugins().backend("cassandra").rate_store(url, context)
    await store.migrate()
    await store.open()
    for batch in batches(count):
        await store.put_many(batch)
        await store.mark_announced(batch)
    session = CassandraSession(Address.of(url), 60.0)
    await session.connect()
    await session.execute(FLUSH)
    size = await settled(folder, "1/data/footprint/rates-*/**/*")
    await session.execute("DROP KEYSPACE {ks}")
    await session.close()
    await store.close()
    return size


async def kafka(context: StoreContext, count: int, folder: Path) -> int:
    url = os.environ["MOVIESERVER_EVENTS"]
    log = Plugins().backend("kafka").event_log(url, context, [TOPIC])
    await log.open()
    before = bytes_of(folder, f"1/log/{TOPIC.name}-0/*.log")
    for batch in batches(count):
        await log.publish(TOPIC.name, [events.encode(rate) for rate in batch])
    size = bytes_of(folder, f"1/log/{TOPIC.name}-0/*.log")
    await log.close()
    return size - before


async def postgres(context: StoreContext, count: int, folder: Path) -> int:
    url = os.environ["MOVIESERVER_MOVIES"].rpartition("/")[0] + "/footprint"
    store = Plugins().backend("postgresql").movie_store(url, context)
    await store.migrate()
    await store.open()
    for batch in batches(count):
        await store.apply(batch)
    await store.close()
    [name, database] = url.rpartition("/")[::2]
    connection = psycopg2.connect(f"{name}/postgres")
    connection.autocommit = True
    with psycopg2.connect(url) as own, own.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('user_rates')")
        size = int(cursor.fetchone()[0])
    own.close()
    connection.cursor().execute(f"DROP DATABASE {database}")
    connection.close()
    return size


def bytes_of(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


async def settled(folder: Path, pattern: str) -> int:
    """The size of files, once it no longer changes."""
    size, last = 0, -1
    while size != last or not size:
        last = size
        await asyncio.sleep(5)
        size = bytes_of(folder, pattern)
    return size


ENGINES: list[tuple[type[Engine], Measure]] = [
    (Cassandra, cassandra),
    (Kafka, kafka),
    (Postgres, postgres),
]

if __name__ == "__main__":
    main()
