"""What a user's list costs on Cassandra: bin/engines up, then python -m benchmarks.listing.

A page is the newest hundred rates, as ``GET /users/rates`` asks for them: the median time of ten
calls, and the mean processor time. The loop's lateness is the longest seen, whatever else the
machine was doing. In the end each list is erased.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from movieserver.backends import RateStore, StoreContext
from movieserver.backends.cassandra.address import Address
from movieserver.backends.cassandra.session import CassandraSession
from movieserver.models import Rate
from movieserver.plugins import Plugins

PAGE = 101
CALLS = 10
BATCH = 1_000
LATEST = 1_800_000_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=int, nargs="*", default=[100, 1_000, 10_000, 100_000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(measure(StoreContext(Path(data), timeout=60.0), options.rates))


async def measure(context: StoreContext, counts: list[int]) -> None:
    async with opened(context) as store:
        for count in counts:
            user = f"user-{count}"
            versions = random.Random(1).sample(range(1, 10 * count), count)
            rates = [Rate(user, f"tt{n:07}", n % 10 + 1, v) for n, v in enumerate(versions)]
            for start in range(0, count, BATCH):
                await store.put_many(rates[start : start + BATCH])
            print(f"{count:7,} rates: {await pages(store, user)}", flush=True)
            began = time.perf_counter()
            erased = await store.erase(user, LATEST)
            assert len(erased) == count
            print(f"{'':14} erased in {time.perf_counter() - began:.2f} s", flush=True)


async def pages(store: RateStore, user: str) -> str:
    late: list[float] = [0.0]
    watching = asyncio.create_task(watch(late))
    took: list[float] = []
    processor = time.process_time()
    for _ in range(CALLS):
        began = time.perf_counter()
        await store.user_rates(user, PAGE)
        took.append(time.perf_counter() - began)
    processor = (time.process_time() - processor) / CALLS
    watching.cancel()
    return (
        f"a page in {1e3 * statistics.median(took):.1f} ms, {1e3 * processor:.1f} ms of processor "
        f"here, the loop {1e3 * max(late):.0f} ms late"
    )


async def watch(late: list[float]) -> None:
    """Note again and again how late the loop is, in seconds."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        late.append(time.perf_counter() - began - 0.005)


@asynccontextmanager
async def opened(context: StoreContext) -> AsyncIterator[RateStore]:
    """An open store on its own keyspace, which is dropped at the end."""
    url = os.environ["MOVIESERVER_RATES"].rpartition("/")[0] + "/listing"
    store = Plugins().backend("cassandra").rate_store(url, context)
    await store.migrate()
    await store.open()
    try:
        yield store
    finally:
        await store.close()
        session = CassandraSession(Address.of(url), 60.0)
        await session.connect()
        await session.execute("DROP KEYSPACE {ks}")
        await session.close()


if __name__ == "__main__":
    main()
