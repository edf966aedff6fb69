"""One clear message for each way in which a URL can be wrong, without the password."""

from pathlib import Path

import pytest

from movieserver.backends import Topic
from movieserver.errors import ConfigurationError, StoreError, StoreRefused, StoreUnavailable
from tests.engines.kafka.logs import GROUP, MakeLog, numbered, receive


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("kafka://127.0.0.1:1", StoreUnavailable, "127.0.0.1:1: Connection refused"),
        ("kafka://no-such-host.invalid:1", StoreUnavailable, "no-such-host.invalid:1: "),
        ("kafka://{controller}", StoreRefused, "it is a controller, not a broker"),
        ("kafka://{secure}", StoreRefused, "it requires TLS"),
        (
            "kafka://movieserver:hush@{plain}?security_protocol=SASL_PLAINTEXT",
            StoreRefused,
            "it takes no user",
        ),
        ("kafka://{plain}?security_protocol=SSL&ssl_cafile={ca}", StoreRefused, "not speak TLS"),
        ("kafka://{secure}?security_protocol=SSL&ssl_cafile={ca}", StoreRefused, "a user"),
        ("kafka://movieserver:hush@{secure}?ssl_cafile={ca}", StoreRefused, "credentials"),
        ("kafka://movieserver:hush@{secure}", StoreRefused, "not trusted"),
        (
            "kafka://movieserver:hush@{secure}?ssl_cafile={ca}&sasl_mechanism=PLAIN",
            StoreRefused,
            "PLAIN is not one that it offers: SCRAM-SHA-512",
        ),
    ],
)
@pytest.mark.gen_test(timeout=60)
async def test_what_is_wrong_is_said(
    make_log: MakeLog,
    secure: dict[str, str],
    topic: Topic,
    url: str,
    error: type[StoreError],
    message: str,
) -> None:
    with pytest.raises(error, match=message) as found:
        await make_log(topic, url=url.format(**secure)).open()
    assert "hush" not in str(found.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("kafka://h", "every host needs a port"),
        ("kafka://h:1?acks=1", "unknown parameter 'acks'"),
        ("kafka://h:1?security_protocol=TLS", "one of PLAINTEXT"),
        ("kafka://a:hush@h:1?security_protocol=SSL", "SASL"),
        ("kafka://a@h:1", "a password"),
        ("kafka://a:hush@h:1?ssl_cafile=/no/such/file", "No such file"),
    ],
)
def test_what_cannot_be_read_is_said(make_log: MakeLog, url: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as found:
        make_log(url=url)
    assert "hush" not in str(found.value)


@pytest.mark.gen_test(timeout=60)
async def test_over_tls_with_a_password_from_a_file(
    make_log: MakeLog, secure: dict[str, str], topic: Topic, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("movieserver\n")
    url = "kafka://movieserver@{secure}?ssl_cafile={ca}&password_file={password}"
    log = make_log(topic, url=url.format(**secure, password=password))
    await log.open()
    await log.ping()
    await log.publish(topic.name, numbered(50))
    subscription = await log.subscribe(topic.name, GROUP)
    await subscription.commit(await receive(subscription, 50))
    assert await log.lag(topic.name, GROUP) == 0
    await subscription.close()
