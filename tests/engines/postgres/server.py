"""A PostgreSQL server of the tests' own: to be stopped, restarted and asked with its own client."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import psycopg2

OWNER = "movies"
"""A role without any privilege but to make databases, let in without a password."""
GUARDED = "guarded"
"""A role that has to say its password."""
PASSWORD = "s3cret:@/%"
ACCESS = f"""\
host all {GUARDED} 127.0.0.1/32 scram-sha-256
host all nobody 127.0.0.1/32 reject
host all,replication all 127.0.0.1/32 trust
local all all trust
"""


class PostgresServer:
    """A server on a free port of loopback, in a folder that ends with it."""

    def __init__(self, primary: Self | None = None) -> None:
        """Make its files, a copy of ``primary``'s for a standby, and start it.

        Fails where PostgreSQL is not installed.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="movieserver-postgres-"))
        self._as: list[str] = []
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(self._folder, "postgres")
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        self.port = free_port()
        if primary is None:
            self._make()
        else:
            place = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres")
            self._run("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", *place)
            self.start()

    def url(self, database: str, user: str = OWNER) -> str:
        """The URL of a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c fsync=off"
        options += f" -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``fast`` tells its clients, ``immediate`` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def wipe(self) -> None:
        """Stop it and remove its files."""
        self.stop("immediate")
        shutil.rmtree(self._folder)

    def connect(self, database: str = "postgres") -> Any:
        """A connection of the superuser, each statement a transaction of its own."""
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database
        )
        connection.autocommit = True
        return connection

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows that a statement of the superuser returns."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def _make(self) -> None:
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        (self._folder / "db/pg_hba.conf").write_text(ACCESS)
        self.start()
        self.ask(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
        self.ask(f"CREATE ROLE {GUARDED} LOGIN CREATEDB PASSWORD '{PASSWORD}'")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(programs() / program), "-D", str(self._folder / "db")]
        done = subprocess.run(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{program} {arguments}: exit status {done.returncode}"


def programs() -> Path:
    """Where the newest PostgreSQL of the system's packages is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    installed = [str(found[-1])] if found else [shutil.which("initdb")]
    assert installed[0], "PostgreSQL is not installed (apt-get install postgresql)"
    return Path(installed[0]).parent


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
