"""URLs as they may be printed, and what several hosts in one are."""

import pytest

from movieserver.backends.cassandra.address import Address as CassandraAddress
from movieserver.backends.kafka.address import Address as KafkaAddress
from movieserver.errors import ConfigurationError
from movieserver.urls import hide_password, scheme


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///movieserver.db", "sqlite:///movieserver.db"),
        ("sqlite:////srv/a@b.db", "sqlite:////srv/a@b.db"),
        ("postgresql://host:5432/db", "postgresql://host:5432/db"),
        ("postgresql://user@host:5432/db", "postgresql://user@host:5432/db"),
        ("postgresql://user:pw@host:5432/db", "postgresql://user:***@host:5432/db"),
        ("postgresql://:pw@host/db", "postgresql://:***@host/db"),
        ("postgresql://user:p@w/x?y#z@host/db", "postgresql://user:***@host/db"),
        ("postgresql://user:p\nw@host/db", "postgresql://user:***@host/db"),
        ("postgresql//user:pw@host/db", "postgresql//user:***@host/db"),
        ("user:pw@host/db", "user:***@host/db"),
        ("x://h/db?password=pw&timeout=5", "x://h/db?password=***&timeout=5"),
        ("x://h/db?timeout=5&sslPassword=pw#f", "x://h/db?timeout=5&sslPassword=***#f"),
        ("x://h/db?apikey=pw&auth_token=t", "x://h/db?apikey=***&auth_token=***"),
    ],
)
def test_passwords_are_hidden(url: str, shown: str) -> None:
    assert hide_password(url) == shown


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///a", "sqlite"),
        ("a+b.c-1:x", "a+b.c-1"),
        ("movieserver.db", None),
        ("SQLITE:///a", None),
        ("://a", None),
        ("", None),
    ],
)
def test_the_scheme_is_what_a_url_begins_with(url: str, name: str | None) -> None:
    assert scheme(url) == name


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("h:1", [("h", 1)]),
        ("h:1,10.0.0.2:2", [("h", 1), ("10.0.0.2", 2)]),
        ("[::1]:1,[2001:db8::2]:2", [("::1", 1), ("2001:db8::2", 2)]),
        ("h:1,[::1]:2,i:3", [("h", 1), ("::1", 2), ("i", 3)]),
    ],
)
def test_each_host_has_its_own_port(text: str, hosts: list[tuple[str, int]]) -> None:
    cassandra = CassandraAddress.of(f"cassandra://user:[p]@{text}/ks?replication=3")
    assert list(cassandra.hosts) == hosts
    assert cassandra.label == f"Cassandra {text}/ks"
    assert cassandra.login == ("user", "[p]")
    kafka = KafkaAddress.of(f"kafka://user:[p]@{text}?security_protocol=SASL_PLAINTEXT")
    assert kafka.client(1.0)["bootstrap_servers"] == text.split(",")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("kafka://h:1?ssl_cafile=a&ssl_cafile=b", "ssl_cafile is given twice"),
        ("kafka://u@h:1?password_file=", "password_file has no value"),
        ("cassandra://h/ks?dc=a&dc=b", "dc is given twice"),
        ("cassandra://u@h/ks?password_file", "password_file has no value"),
    ],
)
def test_a_parameter_comes_once_and_has_a_value(url: str, message: str) -> None:
    address = KafkaAddress if url.startswith("kafka") else CassandraAddress
    with pytest.raises(ConfigurationError, match=message):
        address.of(url)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "100000", "²", "many"])
def test_a_number_in_a_url_of_cassandra(value: str) -> None:
    with pytest.raises(ConfigurationError, match="replication must be an integer from 1 to 99999"):
        CassandraAddress.of(f"cassandra://h/ks?replication={value}")


def test_a_host_of_cassandra_may_leave_its_port_out() -> None:
    address = CassandraAddress.of("cassandra://h,[::1],i:1/ks")
    assert address.label == "Cassandra h:9042,[::1]:9042,i:1/ks"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h:1,",
        ",h:1",
        "::1:1",
        "[::1:1",
        "[h]:1",
        "[]:1",
        "h:0",
        "h:65536",
        "h:x",
        "a..b:1",
        "ä:1",
    ],
)
def test_hosts_that_cannot_be_read(text: str) -> None:
    for address, url in (
        (CassandraAddress, f"cassandra://u:hush@{text}/ks"),
        (
            KafkaAddress,
            f"kafka://u:hush@{text}",
        ),
    ):
        with pytest.raises(ConfigurationError, match=r"IPv6 address in brackets") as error:
            address.of(url)
        assert "hush" not in str(error.value)


def test_a_url_needs_its_slashes() -> None:
    for address, url in ((CassandraAddress, "cassandra:h/ks"), (KafkaAddress, "kafka:h:1")):
        with pytest.raises(ConfigurationError, match="it must have the form scheme://host"):
            address.of(url)


def test_a_broker_needs_its_port() -> None:
    with pytest.raises(ConfigurationError, match="every host needs a port"):
        KafkaAddress.of("kafka://[::1]")
