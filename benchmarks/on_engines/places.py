"""A run's own database, keyspace and topic, in the engines that the environment names."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

from movieserver.backends import StoreContext, Topic
from movieserver.backends.cassandra import backend as cassandra
from movieserver.backends.cassandra.address import Address
from movieserver.backends.kafka import backend as kafka
from movieserver.backends.postgres import backend as postgres
from movieserver.services import Stores
from movieserver.topic import TopicSettings

VARIABLES = ("MOVIESERVER_MOVIES", "MOVIESERVER_RATES", "MOVIESERVER_EVENTS")
SCHEMES = ("postgresql", "cassandra", "kafka")
PARTITIONS = TopicSettings().partitions


@dataclass(frozen=True)
class Places:
    """The URLs of the three stores, and the topic."""

    movies: str
    rates: str
    events: str
    topic: str

    def stores(self, folder: Path) -> Stores:
        """The stores, not open yet."""
        context = StoreContext(folder, timeout=60.0)
        dead = Topic(f"{self.topic}.dead", 1, compacted=False)
        topics = [Topic(self.topic, PARTITIONS), dead]
        return Stores(
            {
                "movies": postgres.movie_store(self.movies, context),
                "rates": cassandra.rate_store(self.rates, context),
                "events": kafka.event_log(self.events, context, topics),
            }
        )

    def profile(self, folder: Path, name: str, handlers: str, jobs: str) -> Path:
        """Write a profile with all three stores; ``handlers`` and ``jobs`` are YAML."""
        path = folder / f"{name}.yaml"
        path.write_text(
            f"profile: {name}\n"
            "listen: 127.0.0.1:8080\n"
            "shipped_data: true\n"
            f"stores: {{movies: '{self.movies}', rates: '{self.rates}', events: '{self.events}'}}\n"
            f"events: {{topic: {self.topic}, group: {self.topic}, partitions: {PARTITIONS}}}\n"
            f"handlers: {handlers}\n"
            f"jobs: {jobs}\n"
            "log: {level: warning}\n"
        )
        return path


@contextmanager
def made_places(folder: Path) -> Iterator[Places]:
    """New places with their schema; the database and the keyspace are dropped afterwards."""
    urls = [_url(*each) for each in zip(VARIABLES, SCHEMES, strict=True)]
    name = f"bench_{secrets.token_hex(4)}"
    places = Places(_with_path(urls[0], name), _with_path(urls[1], name), urls[2], name)
    asyncio.run(_migrate(places.stores(folder)))
    try:
        yield places
    finally:
        with closing(psycopg2.connect(_with_path(urls[0], "postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        with connected(places.rates) as cluster:
            cluster.connect().execute(f"DROP KEYSPACE {name}", timeout=60)


@contextmanager
def connected(url: str) -> Iterator[Cluster]:
    """The bare driver, connected to the cluster of a URL."""
    address = Address.of(url)
    access = PlainTextAuthProvider(*address.login) if address.login else None
    cluster = Cluster(address.hosts, auth_provider=access)
    try:
        yield cluster
    finally:
        cluster.shutdown()


async def _migrate(stores: Stores) -> None:
    for store in stores.listed.values():
        await store.migrate()


def _url(variable: str, scheme: str) -> str:
    url = os.environ.get(variable, "")
    if not url.startswith(scheme):
        raise SystemExit(
            f"{variable} has to name an engine, {scheme}://…: this section needs all three. "
            'eval "$(bin/engines up kafka cassandra postgres)" starts them and sets it.'
        )
    return url


def _with_path(url: str, path: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((*parts[:2], f"/{path}", *parts[3:]))
