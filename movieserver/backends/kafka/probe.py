"""Checks step by step whether a broker can be used, and says which step fails.

kafka-python retries everything until its time is up, and then reports only that. So no part of it
is started before a broker has answered here.
"""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

from kafka.net.sasl import get_sasl_mechanism

from movieserver.backends.kafka import advertised
from movieserver.backends.kafka.address import Address, Login
from movieserver.backends.kafka.conversation import (
    AUTHENTICATE,
    HANDSHAKE,
    METADATA,
    VERSIONS,
    Conversation,
    NoKafka,
    left,
)
from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

NO_TOPICS = struct.pack(">i?", 0, False)
UNKNOWN_MECHANISM, NO_LOGIN = 33, 34
"""Error codes: the broker does not offer the mechanism; the broker takes no log-in at all."""
SHARE = 0.8
"""Fraction of the time limit to use, so that the reason is known before the caller gives up."""
NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
"""OpenSSL's names for an answer that is not TLS."""
CHECK = "check that a broker is running there, and the hosts and ports in the URL"


class Target(NamedTuple):
    """A broker at one of the addresses of its host."""

    broker: str
    """Host and port, as in the URL."""
    host: str
    port: int
    ip: str
    """The address, or the host's name if it cannot be looked up."""

    def __str__(self) -> str:
        return self.broker


_answered: dict[tuple[str, ...], Target] = {}
"""What answered last, by the brokers of a URL. It is tried first: brokers that hang cost time."""


def probe(address: Address, timeout: float) -> None:
    """Return when one of the brokers proves usable within ``timeout`` seconds. Blocks.

    Raises ``StoreRefused`` if trying again would not help, ``StoreUnavailable`` if it may.
    """
    failures: list[StoreError] = []
    targets = [target for broker in address.brokers for target in _targets(broker)]
    last = _answered.get(address.brokers)
    for target in sorted(targets, key=lambda each: each != last):
        try:
            _try(address, target, timeout * SHARE / len(targets))
        except StoreRefused:
            raise
        except StoreError as error:
            failures.append(error)
        else:
            _answered[address.brokers] = target
            return
    said = "; ".join(dict.fromkeys(map(str, failures)))
    raise StoreUnavailable(f"Kafka {said}; {CHECK}") from failures[-1]


def _targets(broker: str) -> list[Target]:
    host, _, port = broker.rpartition(":")
    host = host.strip("[]")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return [Target(broker, host, int(port), host)]
    addresses = dict.fromkeys(str(each[4][0]) for each in found)
    return [Target(broker, host, int(port), address) for address in addresses]


def _try(address: Address, broker: Target, timeout: float) -> None:
    deadline = monotonic() + timeout
    try:
        with _connected(broker, deadline, address.tls) as conversation:
            _check_kind(conversation, broker)
            if address.login:
                _shake_hands(conversation, address.login, broker)
                _log_in(conversation, address.login, broker)
            _check_cluster(conversation, broker, deadline, address.login is None)
    except (NoKafka, OSError) as error:
        if isinstance(error, TimeoutError):
            raise StoreUnavailable(f"{broker}: no answer within {timeout:g} s") from error
        raise _failure(address, broker, deadline, error) from error


def _failure(address: Address, broker: Target, deadline: float, error: Exception) -> StoreError:
    """The project's error; finds out whether one side uses TLS and the other does not."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"its certificate is not trusted: {error.verify_message}; check ssl_cafile"
        return StoreRefused(f"Kafka {broker}: {reason}")
    if _is_kafka(broker, deadline, address.tls is None):
        other = "requires TLS" if address.tls is None else "does not speak TLS"
        return StoreRefused(f"Kafka {broker}: it {other}; check security_protocol and the port")
    if isinstance(error, NoKafka) or getattr(error, "reason", "") in NOT_TLS:
        return StoreRefused(
            f"Kafka {broker}: what answers there is not Kafka; check the host and the port"
        )
    return StoreUnavailable(f"{broker}: {_words(error)}")


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "it closed the connection"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"
    return getattr(error, "strerror", None) or str(error)


def _check_kind(conversation: Conversation, broker: Target) -> None:
    answer = conversation.ask(VERSIONS, 0)
    _, count = answer.take("hi")
    offered = [answer.take("hhh")[0] for _ in range(count)]
    if METADATA not in offered:
        raise StoreRefused(f"Kafka {broker}: it is a controller, not a broker; check the port")


def _check_cluster(
    conversation: Conversation, broker: Target, deadline: float, nameless: bool
) -> None:
    """Check that the broker answers this user, and where it sends its clients."""
    try:
        answer = conversation.ask(METADATA, 4, NO_TOPICS)
    except ConnectionError as error:
        if not nameless:
            raise
        raise StoreRefused(
            f"Kafka {broker}: it requires a user (SASL); name one in the URL, or check the port"
        ) from error
    places = advertised.addresses(answer)
    if (broker.host, broker.port) in places:
        return
    if reason := advertised.fault(places, deadline):
        named = ", ".join(f"{host}:{port}" for host, port in places)
        raise StoreUnavailable(
            f"{broker}: it sends its clients to {named}, where no connection can be made: {reason} "
            "(correct its advertised.listeners)"
        )


def _shake_hands(conversation: Conversation, login: Login, broker: Target) -> None:
    """Agree on the SASL mechanism."""
    name = login.mechanism.encode()
    answer = conversation.ask(HANDSHAKE, 1, struct.pack(">h", len(name)) + name)
    code, count = answer.take("hi")
    if code == UNKNOWN_MECHANISM:
        offered = ", ".join(answer.text() for _ in range(count))
        raise StoreRefused(
            f"Kafka {broker}: sasl_mechanism {login.mechanism} is not one that it offers: {offered}"
        )
    if code == NO_LOGIN:
        raise StoreRefused(
            f"Kafka {broker}: it takes no user (SASL); leave the user out of the URL, "
            "or check the port"
        )


def _log_in(conversation: Conversation, login: Login, broker: Target) -> None:
    mechanism = get_sasl_mechanism(login.mechanism)(host=broker.host, **login.settings)
    while not mechanism.is_done():
        token = mechanism.auth_bytes()
        answer = conversation.ask(AUTHENTICATE, 0, struct.pack(">i", len(token)) + token)
        (code,) = answer.take("h")
        reason = answer.text()
        if code:
            raise StoreRefused(
                f"Kafka {broker}: the user {login.user} is refused: {reason or f'error {code}'}; "
                "check the user and the password"
            )
        mechanism.receive(answer.some(*answer.take("i")))


@contextmanager
def _connected(
    broker: Target, deadline: float, tls: ssl.SSLContext | None
) -> Iterator[Conversation]:
    with socket.create_connection((broker.ip, broker.port), left(deadline)) as connection:
        if tls is None:
            yield Conversation(connection, deadline)
        else:
            with tls.wrap_socket(connection, server_hostname=broker.host) as secured:
                yield Conversation(secured, deadline)


def _is_kafka(broker: Target, deadline: float, tls: bool) -> bool:
    """Whether a Kafka broker answers with TLS, or without it; trusts any certificate."""
    context = None
    if tls:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        with _connected(broker, deadline, context) as conversation:
            conversation.ask(VERSIONS, 0)
    except (NoKafka, OSError):
        return False
    return True
