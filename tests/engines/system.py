"""A system of a test's own on the engines: database, keyspace and topics, which end with it."""

import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

from movieserver.tokens.secret import make_secret
from tests.engines.brokers import remove
from tests.processes import Process, environment, eventually, run

ROOT = Path(__file__).parents[2]
ENGINES = {"kafka": "events", "cassandra": "rates", "postgres": "movies"}
"""Which store is on which engine."""
PROFILES = {
    "public": {"movies"},
    "rating": {"rates", "events"},
    "consumer": {"movies", "events"},
}
"""Which stores each profile has."""
PATIENCE = 60.0
"""Seconds that an engine may take to be found again."""


def engines(*arguments: str) -> None:
    """Do something to the engines that the tests run against."""
    subprocess.run([ROOT / "bin" / "engines", *arguments], check=True, timeout=200)


@contextmanager
def away(engine: str, how: str) -> Iterator[None]:
    """An engine that is killed, or hangs, during the block."""
    engines(how, engine)
    try:
        yield
    finally:
        engines("start" if how == "kill" else "resume", engine)


class System:
    """The stores of one system, and the processes on them."""

    def __init__(self, data: Path, urls: Mapping[str, str] = os.environ) -> None:
        """Choose names that nobody else uses; nothing is made yet.

        ``urls`` are the engines' as ``bin/engines up`` tells them.
        """
        self._urls = urls
        self.name = f"test_{uuid.uuid4().hex[:16]}"
        self.data = data
        self.processes: list[Process] = []
        self.variables = {
            "MOVIESERVER_MOVIES": self._url("MOVIES"),
            "MOVIESERVER_RATES": self._url("RATES"),
            "MOVIESERVER_EVENTS": urls["MOVIESERVER_EVENTS"],
            "MOVIESERVER_TOPIC": self.name,
            "MOVIESERVER_GROUP": self.name,
        }
        make_secret(data)

    @property
    def topic(self) -> str:
        """The topic of rates."""
        return self.name

    def start(self, profile: str, **variables: str) -> Process:
        """A process of a profile, on a port of its own."""
        environ = {**environment(), **self.variables, **variables}
        self.processes.append(Process("--profile", profile, data=self.data, environ=environ))
        return self.processes[-1]

    def start_all(self) -> dict[str, Process]:
        """A process of each profile, ready."""
        processes = {profile: self.start(profile) for profile in PROFILES}
        all_ready(processes)
        return processes

    def run(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """A command that ends by itself."""
        environ = {**environment(), **self.variables, **variables}
        return run(*arguments, data=self.data, environ=environ, timeout=100)

    def migrate(self) -> None:
        """Make the database and the keyspace."""
        done = self.run("migrate")
        assert done.returncode == 0, done.stdout + done.stderr

    def audit(self) -> str:
        """What the audit says, once it finds no difference."""
        done = self.run("audit", "--wait", "60")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def end(self) -> None:
        """End the processes and remove what the engines hold."""
        self.kill()
        self.sql("postgres", f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self.cql(f"DROP KEYSPACE IF EXISTS {self.name}")
        remove([self.topic, f"{self.topic}.dead"])

    def kill(self) -> None:
        """End the processes."""
        for process in self.processes:
            if process.popen.poll() is None:
                process.kill()

    def sql(self, database: str, statement: str) -> None:
        """Run a statement in PostgreSQL."""
        with closing(self.connect(database)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def connect(self, database: str) -> psycopg2.extensions.connection:
        """A connection to PostgreSQL."""
        return psycopg2.connect(self._url("MOVIES", database))

    def cql(self, statement: str) -> None:
        """Run a statement in Cassandra."""
        parts = urlsplit(os.environ["MOVIESERVER_RATES"])
        credentials, _, places = parts.netloc.rpartition("@")
        host, _, port = places.split(",")[0].partition(":")
        user, _, password = credentials.partition(":")
        auth = PlainTextAuthProvider(user, password)
        cluster = Cluster([host], int(port), auth_provider=auth, protocol_version=5)
        try:
            cluster.connect().execute(statement, timeout=60)
        finally:
            cluster.shutdown()

    def _url(self, role: str, name: str | None = None) -> str:
        url = urlsplit(self._urls[f"MOVIESERVER_{role}"])
        return url._replace(path=f"/{name or self.name}").geturl()


def ready(process: Process) -> bool:
    """Whether a process is ready."""
    return process.get("/health/ready").status_code == 200


def all_ready(processes: Mapping[str, Process]) -> None:
    """Wait until processes are ready."""
    for process in processes.values():
        eventually(partial(ready, process), PATIENCE)


def said(process: Process) -> str:
    """What a process has written."""
    return "".join(process.output)
