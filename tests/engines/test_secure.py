"""The profiles for production on engines with TLS and passwords, and what a mistake looks like."""

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
from tests.engines.test_issuer import AUDIENCE, URL, OidcProvider
from tests.issuer_contract import asked
from tests.processes import PATIENCE, Process, environment, eventually, run

PROFILES = Path(__file__).parents[2] / "config" / "production"
PORTS = {"kafka": 29192, "cassandra": 29142, "postgres": 29132}
"""Below those that the system gives to outgoing connections."""
SECURE_KAFKA = PORTS["kafka"] + 2
PASSWORDS = {"kafka": "movieserver", "cassandra": "cassandra", "postgres": "movieserver"}

Variables = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def authorities() -> Iterator[dict[str, str]]:
    """The authorities of three engines of these tests' own, by name; they run, with a schema."""
    folder = Path(tempfile.mkdtemp(prefix="movieserver-secure-"))
    folder.chmod(0o755)  # the account that runs Postgres has to reach its files
    engines: list[Engine] = [Kafka(folder), Cassandra(folder), Postgres(folder)]
    try:
        for engine in engines:
            engine.up(1, PORTS[engine.name])
        plain = {name: url for each in engines for name, url in each.environment().items()}
        migrated = run("migrate", "--profile", "dev", data=folder, environ=environment() | plain)
        assert migrated.returncode == 0, migrated.stderr
        yield {each.name: each.certificates().authority.read_text() for each in engines}
    finally:
        for engine in engines:
            engine.wipe()
        shutil.rmtree(folder)


@pytest.fixture
def variables(authorities: dict[str, str], tmp_path: Path) -> Variables:
    """The environment of a unit: with a wrong password, or without the authority, of an engine."""

    def made(wrong_password: str = "", unknown: str = "") -> dict[str, str]:
        trusted = tmp_path / "ca.pem"
        trusted.write_text("".join(ca for name, ca in authorities.items() if name != unknown))
        for name, password in PASSWORDS.items():
            right = name != wrong_password
            (tmp_path / f"{name}-password").write_text(f"{password if right else 'hush'}\n")
        shutil.copy(tmp_path / "postgres-password", tmp_path / "postgres-public-password")
        return environment() | {
            "MOVIESERVER_POSTGRES": f"127.0.0.1:{PORTS['postgres']}",
            "MOVIESERVER_POSTGRES_USER": "movieserver",
            "MOVIESERVER_POSTGRES_PUBLIC_USER": "movieserver",
            "MOVIESERVER_CASSANDRA": f"127.0.0.1:{PORTS['cassandra']}",
            "MOVIESERVER_CASSANDRA_USER": "cassandra",
            "MOVIESERVER_KAFKA": f"127.0.0.1:{SECURE_KAFKA}",
            "MOVIESERVER_CA": str(trusted),
            "MOVIESERVER_SECRETS": str(tmp_path),
            "MOVIESERVER_COPIES": "1",
            "MOVIESERVER_PARTITIONS": "4",
            "MOVIESERVER_ISSUER": URL,
            "MOVIESERVER_AUDIENCE": AUDIENCE,
        }

    return made


def shipped(name: str) -> tuple[str, str]:
    return "--profile", str(PROFILES / f"{name}.yaml")


@pytest.mark.timeout(240)
def test_a_rate_goes_all_the_way(variables: Variables, start: Start, data: Path) -> None:
    given = variables()
    migrated = run("migrate", *shipped("maintenance"), data=data, environ=given)
    assert migrated.returncode == 0, migrated.stderr
    names = ("consumer", "rating", "public")
    consumer, rating, public = (start(*shipped(name), environ=given) for name in names)
    eventually(lambda: ready(consumer) and ready(rating) and ready(public))
    token = OidcProvider(URL).token("alice", "RS256")
    path = "/movies/tt0050083"
    assert asked(rating, token, "POST", f"{path}/users/rate", {"rate": 9}).status_code == 200
    eventually(lambda: public.get(path).json()["rate_count"] == 1, 2 * PATIENCE)
    eventually(lambda: public.top10()[0]["id"] == "tt0050083")
    for server in (consumer, rating, public):
        assert server.terminate() == 0, "".join(server.output)
    audited = run("audit", *shipped("maintenance"), data=data, environ=given)
    assert (audited.returncode, "1 rate of 1 movie, 0 differences" in audited.stdout) == (0, True)
    assert not data.exists()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("engine", "profile", "message"),
    [
        ("postgres", "public", "check the user and the password"),
        ("cassandra", "rating", "the user or the password is wrong"),
        ("kafka", "consumer", "invalid credentials"),
    ],
)
def test_a_wrong_password_is_one_message(
    variables: Variables, engine: str, profile: str, message: str, data: Path
) -> None:
    line = refused(profile, variables(wrong_password=engine), data)
    assert message in line
    assert "hush" not in line


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("engine", "profile", "mend"),
    [
        ("postgres", "public", "check the parameters in the URL"),
        ("cassandra", "rating", "check tls_ca"),
        ("kafka", "consumer", "check ssl_cafile"),
    ],
)
def test_an_unknown_authority_is_one_message(
    variables: Variables, engine: str, profile: str, mend: str, data: Path
) -> None:
    line = refused(profile, variables(unknown=engine), data)
    assert "certificate" in line
    assert mend in line


def ready(server: Process) -> bool:
    return server.get("/health/ready").status_code == 200


def refused(profile: str, environ: dict[str, str], data: Path) -> str:
    """The one line that a server which ends at its start says."""
    listen = ("--listen", "127.0.0.1:0")
    ended = run(*shipped(profile), *listen, data=data, environ=environ)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("movieserver: ")]
    return line
