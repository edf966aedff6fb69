"""What a store's URL says of TLS and of passwords reaches the driver; no engine is needed."""

import asyncio
import ssl
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from cassandra.cluster import NoHostAvailable

from engines.certificates import Certificates
from engines.packages import run
from movieserver.backends.cassandra.address import Address as CassandraAddress
from movieserver.backends.cassandra.driver import make_cluster
from movieserver.backends.cassandra.failures import failure
from movieserver.backends.kafka.address import Address as KafkaAddress
from movieserver.backends.postgres.address import Address as PostgresAddress
from movieserver.errors import ConfigurationError, StoreError, StoreRefused, StoreUnavailable

PASSWORD = "p@ss/word:% "
QUOTED = "p%40ss%2Fword%3A%25%20"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a certificate authority."""
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    certificates.make(["127.0.0.1"])
    assert stat.S_IMODE(certificates.key.stat().st_mode) == 0o600
    return certificates.authority


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return path


def checks_everything(context: ssl.SSLContext | None) -> bool:
    """Whether a context asks for a certificate of one authority, in the host's name."""
    assert context is not None
    strict = context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
    return strict and len(context.get_ca_certs()) == 1


class TestKafka:
    def test_a_password_in_the_url(self, authority: Path) -> None:
        url = f"kafka://us%20er:{QUOTED}@h:1,i:2?ssl_cafile={authority}"
        client = KafkaAddress.of(url).client(5.0)
        assert client["bootstrap_servers"] == ["h:1", "i:2"]
        assert (client["security_protocol"], client["sasl_mechanism"]) == (
            "SASL_SSL",
            "SCRAM-SHA-512",
        )
        assert client["sasl_plain_username"] == "us er"
        assert client["sasl_plain_password"] == PASSWORD
        assert checks_everything(client["ssl_context"])

    def test_a_password_in_a_file(self, authority: Path, password_file: Path) -> None:
        parameters = f"sasl_mechanism=PLAIN&password_file={password_file}"
        url = f"kafka://user@h:1?{parameters}&ssl_cafile={authority}"
        address = KafkaAddress.of(url)
        client = address.client(5.0)
        assert (client["sasl_mechanism"], client["sasl_plain_password"]) == ("PLAIN", PASSWORD)
        assert PASSWORD not in repr(address)

    def test_tls_alone(self, authority: Path) -> None:
        client = KafkaAddress.of(f"kafka://h:1?security_protocol=SSL&ssl_cafile={authority}")
        assert checks_everything(client.client(5.0)["ssl_context"])
        assert "sasl_mechanism" not in client.client(5.0)

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ("ssl_cafile=/no/ca", "ssl_cafile=/no/ca cannot be read: .* No such file"),
            (
                "ssl_certfile=/no/cert&ssl_keyfile=/no/key",
                "ssl_certfile=/no/cert or its key cannot be read: .* No such file",
            ),
        ],
    )
    def test_a_file_that_cannot_be_read_is_named(self, parameters: str, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message):
            KafkaAddress.of(f"kafka://h:1?security_protocol=SSL&{parameters}")

    def test_a_key_with_a_passphrase_is_refused(self, authority: Path, tmp_path: Path) -> None:
        key = tmp_path / "locked.key"
        plain = authority.with_name("server.key")
        run(["openssl", "pkey", "-in", plain, "-aes256", "-passout", "pass:hush", "-out", key])
        parameters = f"ssl_certfile={authority.with_name('server.pem')}&ssl_keyfile={key}"
        with pytest.raises(ConfigurationError, match=r"has a passphrase.*: openssl pkey"):
            KafkaAddress.of(f"kafka://h:1?security_protocol=SSL&{parameters}")

    @pytest.mark.parametrize(
        ("login", "parameters", "message"),
        [
            ("", "ssl_cafile=/no/such/file", "ssl_cafile has no effect with PLAINTEXT"),
            (
                "u:hush@",
                "security_protocol=SASL_PLAINTEXT&ssl_cafile=x",
                "ssl_cafile has no effect",
            ),
            ("", "password_file=/no/such/file", "there is a password but no user"),
            ("", "security_protocol=SSL&sasl_mechanism=PLAIN", "sasl_mechanism has no effect"),
            (":hush@", "security_protocol=PLAINTEXT", "there is a password but no user"),
            (
                "",
                "security_protocol=SSL&ssl_keyfile=x",
                "ssl_keyfile has no effect without ssl_cert",
            ),
        ],
    )
    def test_nothing_that_secures_is_left_out_without_a_word(
        self, login: str, parameters: str, message: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=message) as refused:
            KafkaAddress.of(f"kafka://{login}h:1?{parameters}")
        assert "hush" not in str(refused.value)


class TestCassandra:
    @pytest.mark.parametrize("in_file", [False, True])
    def test_tls_and_a_password(self, authority: Path, password_file: Path, in_file: bool) -> None:
        login = "role" if in_file else f"role:{QUOTED}"
        given = f"&password_file={password_file}" if in_file else ""
        address = CassandraAddress.of(f"cassandra://{login}@127.0.0.1/ks?tls_ca={authority}{given}")
        cluster = make_cluster(address, 5.0)
        assert checks_everything(cluster.ssl_context)
        assert cluster.auth_provider is not None
        assert (cluster.auth_provider.username, cluster.auth_provider.password) == (
            "role",
            PASSWORD,
        )
        assert PASSWORD not in repr(address)
        cluster.shutdown()

    @pytest.mark.parametrize(
        ("login", "parameters", "message"),
        [
            ("role:hush", "?password_file={file}", "either a password or a password_file"),
            ("role", "?password_file=/no/such/file", "No such file"),
            ("role", "?password_file=/dev/null", "the password_file is empty"),
            ("role", "?password_file=/dev/zero", "cannot be read: it has more than 4096 bytes"),
            ("role", "", "either a password or a password_file"),
            ("", "?password_file={file}", "there is a password but no user"),
        ],
    )
    def test_a_password_that_is_missing_or_too_many(
        self, password_file: Path, login: str, parameters: str, message: str
    ) -> None:
        url = f"cassandra://{login}@h/ks{parameters.format(file=password_file)}"
        with pytest.raises(ConfigurationError, match=message) as refused:
            CassandraAddress.of(url)
        assert "hush" not in str(refused.value)
        assert PASSWORD not in str(refused.value)

    def test_an_authority_that_is_not_there(self) -> None:
        with pytest.raises(ConfigurationError, match="tls_ca=/no/such/file cannot be read"):
            CassandraAddress.of("cassandra://h/ks?tls_ca=/no/such/file")

    @pytest.mark.parametrize(
        ("said", "kind", "message"),
        [
            (
                "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, "
                "certificate is not valid for 'h'. (_ssl.c:1006)",
                StoreRefused,
                "C: certificate verify failed: Hostname mismatch, certificate is not valid for 'h'."
                "; check tls_ca and the hosts",
            ),
            (
                "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)",
                StoreRefused,
                "C: it does not speak TLS; leave tls_ca out, or check the port",
            ),
            ("Connection refused", StoreUnavailable, "C: Connection refused"),
        ],
    )
    def test_what_fails_is_said_in_a_line(
        self, said: str, kind: type[StoreError], message: str
    ) -> None:
        cause = OSError(1, f"Tried connecting to [('127.0.0.1', 1)]. Last error: {said}")
        found = failure(NoHostAvailable("Unable to connect", {"127.0.0.1:1": cause}), "C")
        assert (type(found), str(found)) == (kind, message)


class TestPostgres:
    def test_the_parameters_are_those_of_libpq(
        self, authority: Path, server_is_asked: Callable[[str], dict[str, object]]
    ) -> None:
        url = f"postgresql://user:{QUOTED}@127.0.0.1:1/db?sslmode=verify-full&sslrootcert="
        asked = server_is_asked(f"{url}{authority}&passfile=/run/pass")
        assert (asked["sslmode"], asked["sslrootcert"]) == ("verify-full", str(authority))
        assert (asked["user"], asked["password"]) == ("user", PASSWORD)
        assert (asked["host"], asked["passfile"]) == ("127.0.0.1", "/run/pass")

    def test_a_password_in_a_file(
        self, password_file: Path, server_is_asked: Callable[[str], dict[str, object]]
    ) -> None:
        for parameters in ("?{}&sslmode=prefer", "?sslmode=prefer&{}", "?{}"):
            given = parameters.format(f"password_file={password_file}")
            asked = server_is_asked(f"postgresql://user@127.0.0.1:1/db{given}")
            assert asked["password"] == PASSWORD
            assert "password_file" not in asked

    def test_a_password_file_that_is_not_there(self) -> None:
        url = "postgresql://user@h/db?password_file=/no/such/file"
        with pytest.raises(ConfigurationError, match=r"password_file cannot be read: .*No such"):
            PostgresAddress(url, 5.0)

    def test_a_password_and_a_file_with_one(self, password_file: Path) -> None:
        url = f"postgresql://user:hush@h/db?password_file={password_file}"
        with pytest.raises(
            ConfigurationError, match="a password or a password_file, not both"
        ) as refused:
            PostgresAddress(url, 5.0)
        assert "hush" not in str(refused.value)

    @pytest.fixture
    def server_is_asked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[str], dict[str, object]]:
        """What a connection to a URL is made with."""
        asked: dict[str, object] = {}

        async def connect(**parameters: object) -> None:
            asked.update(parameters)
            raise psycopg2.OperationalError("nobody is there")

        def ask(url: str) -> dict[str, object]:
            monkeypatch.setattr("movieserver.backends.postgres.address.aiopg.connect", connect)
            with pytest.raises(psycopg2.OperationalError, match="nobody is there"):
                asyncio.run(PostgresAddress(url, 5.0).connect())
            return asked

        return ask
