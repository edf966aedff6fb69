"""All three engines over TLS and with passwords from files, and what a mistake there looks like."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engines.cassandra import Cassandra
from engines.engine import Engine
from engines.kafka import Kafka
from engines.postgres import Postgres
from tests.conftest import Start
from tests.processes import PATIENCE, eventually, run

PORTS = {Kafka: 39192, Cassandra: 39142, Postgres: 39132}
SECURE_KAFKA = PORTS[Kafka] + 2

Urls = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def folders() -> Iterator[dict[str, Path]]:
    """The folders of three engines of these tests' own, by name; they run."""
    folder = Path(tempfile.mkdtemp(prefix="movieserver-secure-"))
    folder.chmod(0o755)  # the account that runs Postgres has to reach its files
    engines: list[Engine] = [Kafka(folder), Cassandra(folder), Postgres(folder)]
    try:
        for engine in engines:
            engine.up(1, PORTS[type(engine)])
        yield {engine.name: engine.folder for engine in engines}
    finally:
        for engine in engines:
            engine.wipe()
        shutil.rmtree(folder)


@pytest.fixture
def urls(folders: dict[str, Path], tmp_path: Path) -> Urls:
    """The URLs of the stores by role: with a wrong password, or another engine's authority."""

    def made(password: str | None = None, authority: str | None = None) -> dict[str, str]:
        def secret(right: str) -> Path:
            path = tmp_path / f"password-{password or right}"
            path.write_text(f"{password or right}\n")
            path.chmod(0o600)
            return path

        def ca(name: str) -> Path:
            return folders[authority or name] / "ca.pem"

        passfile = secret("movieserver").with_name("pgpass")
        passfile.write_text(f"*:*:*:movieserver:{password or 'movieserver'}\n")
        passfile.chmod(0o600)
        places = {kind.name: f"127.0.0.1:{port}" for kind, port in PORTS.items()}
        return {
            "movies": f"postgresql://movieserver@{places['postgres']}/movieratedb"
            f"?sslmode=verify-full&sslrootcert={ca('postgres')}&passfile={passfile}",
            "rates": f"cassandra://cassandra@{places['cassandra']}/movieserver"
            f"?tls_ca={ca('cassandra')}&password_file={secret('cassandra')}",
            "events": f"kafka://movieserver@127.0.0.1:{SECURE_KAFKA}"
            f"?ssl_cafile={ca('kafka')}&sasl_password_file={secret('movieserver')}",
        }

    return made


def options(urls: dict[str, str]) -> list[str]:
    return [text for role, url in urls.items() for text in (f"--{role}", url)]


@pytest.mark.timeout(240)
def test_a_rate_goes_all_the_way(urls: Urls, start: Start, data: Path) -> None:
    stores = options(urls())
    migrated = run("migrate", "--profile", "dev", *stores, data=data)
    assert migrated.returncode == 0, migrated.stderr
    server = start("--profile", "dev", *stores)
    eventually(lambda: server.get("/health/ready").status_code == 200)
    assert server.rate("alice", "tt0050083", 9).status_code == 200
    film = "/movies/tt0050083"
    eventually(lambda: server.get(film).json()["rate_count"] == 1, 2 * PATIENCE)
    assert server.terminate() == 0, "".join(server.output)
    audited = run("audit", *stores, data=data)
    assert (audited.returncode, "1 rates of 1 movies, 0 differences" in audited.stdout) == (0, True)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("role", ["movies", "rates", "events"])
def test_a_wrong_password_is_one_message(urls: Urls, role: str, data: Path) -> None:
    line = refused(data, urls() | {role: urls(password="hush")[role]})
    assert "password" in line or "credentials" in line
    assert "hush" not in line.replace("password-hush", "")


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("role", "mend"),
    [
        ("movies", "check the parameters of the URL"),
        ("rates", "check tls_ca"),
        ("events", "check ssl_cafile"),
    ],
)
def test_an_unknown_authority_is_one_message(urls: Urls, role: str, mend: str, data: Path) -> None:
    other = "kafka" if role != "events" else "postgres"
    line = refused(data, urls() | {role: urls(authority=other)[role]})
    assert "certificate" in line
    assert mend in line


def refused(data: Path, urls: dict[str, str]) -> str:
    """The one line that a server which ends at its start says."""
    ended = run("--profile", "dev", *options(urls), "--listen", "127.0.0.1:0", data=data)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("movieserver: ")]
    return line
