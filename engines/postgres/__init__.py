"""Debian's PostgreSQL, with its own data folder, apart from the system's."""

import os
import shutil
import signal
from pathlib import Path

from engines.engine import Engine
from engines.errors import EngineError
from engines.node import Node
from engines.packages import debian, run

OLDEST = 15
DEBIAN = Path("/usr/lib/postgresql")
ACCOUNT = "postgres"
"""The user who runs the server if we are root; the server refuses to run as root."""
# What docs/postgres.md recommends for a server that takes many events, with little memory.
TUNING = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "lz4",
}
USER = PASSWORD = "movieserver"
DATABASE = "movieratedb"


class Postgres(Engine):
    """One server."""

    name = "postgres"
    default_port = 25432
    # SIGTERM would wait for every client to leave.
    stop_signal = signal.SIGINT

    def fetch(self) -> None:
        programs()

    def command(self, node: Node) -> list[str]:
        data = node.folder / "data"
        certificates = self.certificates()
        if os.geteuid() == 0:
            for path in (node.folder, certificates.key):
                shutil.chown(path, ACCOUNT, ACCOUNT)
        if not (data / "PG_VERSION").exists():
            self._make(node, data)
        # A killed server leaves this file, and its process id may be in use, still or again.
        (data / "postmaster.pid").unlink(missing_ok=True)
        # No sockets in the file system: they would outlive a killed server.
        settings = TUNING | {
            "listen_addresses": node.address,
            "unix_socket_directories": "",
            "ssl": "on",
            "ssl_cert_file": certificates.certificate,
            "ssl_key_file": certificates.key,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        server = [str(programs() / "postgres"), "-D", str(data), "-p", str(self.layout.port)]
        return [*self._account(), *server, *options]

    def answers(self, node: Node) -> bool:
        try:
            self._psql(node, "postgres", "SELECT 1")
        except EngineError:
            return False
        return True

    def prepare(self, node: Node) -> None:
        found = self._psql(
            node, "postgres", f"SELECT 1 FROM pg_database WHERE datname='{DATABASE}'"
        )
        if not found.strip():
            self._psql(node, "postgres", f"CREATE DATABASE {DATABASE}")

    def environment(self) -> dict[str, str]:
        place = f"{self.addresses()}/{DATABASE}"
        return {"MOVIESERVER_MOVIES": f"postgresql://{USER}:{PASSWORD}@{place}"}

    def _make(self, node: Node, data: Path) -> None:
        """Make an empty cluster whose superuser has a password."""
        password = node.folder / "password"
        password.write_text(PASSWORD)
        login = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={password}"]
        locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
        run([*self._account(), str(programs() / "initdb"), "-D", str(data), *login, *locale])

    def _psql(self, node: Node, database: str, statement: str) -> str:
        place = ["-h", node.address, "-p", str(self.layout.port), "-U", USER, "-d", database]
        command = [str(programs() / "psql"), "-X", "-t", "-A", *place, "-c", statement]
        return run(command, {"PGPASSWORD": PASSWORD, "PGCONNECT_TIMEOUT": "5"})

    @staticmethod
    def _account() -> list[str]:
        if os.geteuid() != 0:
            return []
        return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups"]


def programs() -> Path:
    """The folder of the newest server's programs; installs Debian's if there is none."""
    if newest() is None:
        debian("postgresql")
    found = newest()
    if found is None:
        raise EngineError(f"this system's postgresql is older than {OLDEST}")
    return found


def newest() -> Path | None:
    """The folder of the newest usable server's programs, if there is one."""
    found = {int(path.name): path / "bin" for path in DEBIAN.glob("[0-9][0-9]")}
    usable = [number for number in found if (found[number] / "postgres").exists()]
    return found[max(usable)] if usable and max(usable) >= OLDEST else None
