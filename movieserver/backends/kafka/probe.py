"""Asks a broker step by step whether it can be used, and says at which step it cannot.

kafka-python tries everything again until its time is over, and then says only that it is over.
Nothing of it is started before a broker has answered here.
"""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.net.sasl import get_sasl_mechanism

from movieserver.backends.kafka.address import Address
from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

METADATA, HANDSHAKE, VERSIONS, AUTHENTICATE = 3, 17, 18, 36
"""Requests of Kafka's protocol by their API keys."""
NO_TOPICS = struct.pack(">i?", 0, False)
UNKNOWN_MECHANISM = 33
"""The error code for a mechanism that the broker does not offer."""


def probe(address: Address, timeout: float) -> None:
    """Return when one of the brokers does what is asked of it within ``timeout`` seconds. Blocks.

    Raises ``StoreRefused`` where trying again would not help, ``StoreUnavailable`` where it may.
    """
    failures: list[StoreError] = []
    for broker in address.brokers:
        try:
            return _try(address, broker, timeout / len(address.brokers))
        except StoreRefused:
            raise
        except StoreError as error:
            failures.append(error)
    raise StoreUnavailable(f"Kafka {'; '.join(map(str, failures))}") from failures[-1]


def _try(address: Address, broker: str, timeout: float) -> None:
    try:
        with _connected(broker, timeout, address.tls) as connection:
            _ask(connection, VERSIONS, 0)
            if address.login:
                _log_in(connection, address, broker)
            elif not _answers(connection, METADATA, 4, NO_TOPICS):
                raise StoreRefused(
                    f"Kafka {broker}: it demands a user (SASL), and the URL has none"
                )
    except ssl.SSLCertVerificationError as error:
        reason = f"its certificate is not trusted: {error.verify_message}; check ssl_cafile"
        raise StoreRefused(f"Kafka {broker}: {reason}") from error
    except OSError as error:
        if _is_kafka(broker, timeout, address.tls is None):
            other = "demands TLS" if address.tls is None else "speaks no TLS"
            reason = f"it {other}; check security_protocol and the port"
            raise StoreRefused(f"Kafka {broker}: {reason}") from error
        raise StoreUnavailable(f"{broker}: {error.strerror or error}") from error


def _log_in(connection: socket.socket, address: Address, broker: str) -> None:
    login = address.login
    if login is None:
        return
    name = login.mechanism.encode()
    answer = _ask(connection, HANDSHAKE, 1, struct.pack(">h", len(name)) + name)
    if struct.unpack_from(">h", answer)[0] == UNKNOWN_MECHANISM:
        offered = ", ".join(_texts(answer[2:]))
        raise StoreRefused(
            f"Kafka {broker}: sasl_mechanism {login.mechanism} is not one of its own: {offered}"
        )
    mechanism = get_sasl_mechanism(login.mechanism)(host=broker, **login.settings)
    while not mechanism.is_done():
        token = mechanism.auth_bytes()
        answer = _ask(connection, AUTHENTICATE, 0, struct.pack(">i", len(token)) + token)
        code, length = struct.unpack_from(">hh", answer)
        if code:
            reason = answer[4 : 4 + max(0, length)].decode() or f"error {code}"
            raise StoreRefused(f"Kafka {broker}: the user {login.user} is refused: {reason}")
        mechanism.receive(answer[4 + max(0, length) + 4 :])


@contextmanager
def _connected(broker: str, timeout: float, tls: ssl.SSLContext | None) -> Iterator[socket.socket]:
    host, _, port = broker.rpartition(":")
    host = host.strip("[]")
    with socket.create_connection((host, int(port)), timeout) as connection:
        if tls is None:
            yield connection
        else:
            with tls.wrap_socket(connection, server_hostname=host) as secured:
                yield secured


def _is_kafka(broker: str, timeout: float, tls: bool) -> bool:
    """Whether the broker answers with TLS, or without, to whoever asks."""
    context = None
    if tls:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        with _connected(broker, timeout, context) as connection:
            return _answers(connection, VERSIONS, 0)
    except OSError:
        return False


def _answers(connection: socket.socket, key: int, version: int, body: bytes = b"") -> bool:
    try:
        _ask(connection, key, version, body)
    except ConnectionError:
        return False
    return True


def _ask(connection: socket.socket, key: int, version: int, body: bytes = b"") -> bytes:
    """The answer to a request, without the request's number that it begins with."""
    request = struct.pack(">hhih", key, version, 0, -1) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (size,) = struct.unpack(">i", _receive(connection, 4))
    return _receive(connection, size)[4:]


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError("it closes the connection")
        received += part
    return received


def _texts(data: bytes) -> list[str]:
    """The texts of an array."""
    (count,) = struct.unpack_from(">i", data)
    texts, place = [], 4
    for _ in range(count):
        (length,) = struct.unpack_from(">h", data, place)
        texts.append(data[place + 2 : place + 2 + length].decode())
        place += 2 + length
    return texts
