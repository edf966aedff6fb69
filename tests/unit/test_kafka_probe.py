"""What is said of ports at which there is no Kafka broker, or none that can be used."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from engines.certificates import Certificates
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.conversation import METADATA, NUMBER
from movieserver.backends.kafka.probe import CHECK, probe
from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

Answers = Callable[[bytes], bytes]
Serve = Callable[[Answers | None], int]

NO_KAFKA = "what answers there is not Kafka; check the host and the port"
FORMS = {
    "plain": "kafka://127.0.0.1:{port}",
    "user": "kafka://u:hush@127.0.0.1:{port}?security_protocol=SASL_PLAINTEXT",
    "tls": "kafka://127.0.0.1:{port}?security_protocol=SSL&ssl_cafile={ca}",
    "tls and user": "kafka://u:hush@127.0.0.1:{port}?ssl_cafile={ca}",
}
OTHERS: dict[str, Answers] = {
    "HTTP": lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "SSH": lambda _: b"SSH-2.0-OpenSSH_9.9\r\n",
    "PostgreSQL": lambda _: b"E\0\0\0\x8aSFATAL\0VFATAL\0C0A000\0",
    "its own words": lambda asked: asked,
    "an empty answer": lambda _: struct.pack(">ii", 0, 0),
    "a negative size": lambda _: struct.pack(">ii", -5, 0),
    "no list": lambda _: struct.pack(">ii", 4, NUMBER),
    "a cut list": lambda _: struct.pack(">iihi", 10, NUMBER, 0, 70),
}


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    certificates.make(["127.0.0.1"])
    return certificates.authority


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Makes servers that answer whatever comes, or, for None, never; gives their ports."""
    with contextlib.ExitStack() as stack:

        def made(answers: Answers | None) -> int:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            if answers is not None:
                thread = threading.Thread(target=_serve, args=(listener, answers))
                thread.start()
                stack.callback(thread.join)
                stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return int(listener.getsockname()[1])

        yield made


def _serve(listener: socket.socket, answers: Answers) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                while asked := connection.recv(65_536):
                    connection.sendall(answers(asked))


def said(url: str, timeout: float = 10.0) -> StoreError:
    with pytest.raises(StoreError) as found:
        probe(Address.of(url), timeout)
    assert "hush" not in str(found.value)
    assert "\n" not in str(found.value)
    return found.value


def answer(*parts: bytes) -> bytes:
    body = struct.pack(">i", NUMBER) + b"".join(parts)
    return struct.pack(">i", len(body)) + body


def versions(*keys: int) -> bytes:
    return answer(struct.pack(">hi", 0, len(keys)), *(struct.pack(">hhh", k, 0, 9) for k in keys))


@pytest.mark.parametrize("form", ["plain", "user"])
@pytest.mark.parametrize("other", OTHERS)
def test_other_servers_are_told_from_kafka(serve: Serve, other: str, form: str) -> None:
    port = serve(OTHERS[other])
    error = said(FORMS[form].format(port=port))
    assert (type(error), str(error)) == (StoreRefused, f"Kafka 127.0.0.1:{port}: {NO_KAFKA}")


@pytest.mark.parametrize("form", ["tls", "tls and user"])
@pytest.mark.parametrize("other", ["HTTP", "SSH", "PostgreSQL"])
def test_servers_that_speak_neither_tls_nor_kafka(
    serve: Serve, ca: Path, other: str, form: str
) -> None:
    port = serve(OTHERS[other])
    assert str(said(FORMS[form].format(port=port, ca=ca))) == f"Kafka 127.0.0.1:{port}: {NO_KAFKA}"


@pytest.mark.parametrize("form", FORMS)
def test_one_that_closes_and_one_that_never_answers_may_be_there_later(
    serve: Serve, ca: Path, form: str
) -> None:
    closing, silent = serve(lambda _: closed_at_once()), serve(None)
    error = said(FORMS[form].format(port=closing, ca=ca))
    assert isinstance(error, StoreUnavailable)
    assert str(error).endswith(CHECK)
    error = said(FORMS[form].format(port=silent, ca=ca), timeout=0.25)
    assert isinstance(error, StoreUnavailable)
    assert str(error) == f"Kafka 127.0.0.1:{silent}: no answer within 0.2 s; {CHECK}"


def closed_at_once() -> bytes:
    """Answers with the end of the connection."""
    raise ConnectionError


def test_every_broker_is_named(serve: Serve) -> None:
    silent, closed = serve(None), socket.socket()
    with closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        error = said(f"kafka://127.0.0.1:{silent},127.0.0.1:{port}", timeout=0.5)
    assert str(error) == (
        f"Kafka 127.0.0.1:{silent}: no answer within 0.2 s; 127.0.0.1:{port}: Connection refused; "
        f"{CHECK}"
    )


def test_a_controller_is_no_broker(serve: Serve) -> None:
    port = serve(lambda _: versions(1, 18, 62))
    assert str(said(FORMS["plain"].format(port=port))).endswith(
        "it is a controller, not a broker; check the port"
    )


def test_a_broker_that_takes_no_user(serve: Serve) -> None:
    def answers(asked: bytes) -> bytes:
        [key] = struct.unpack_from(">h", asked, 4)
        return versions(METADATA, 17, 18) if key == 18 else answer(struct.pack(">hi", 34, 0))

    error = said(FORMS["user"].format(port=serve(answers)))
    assert isinstance(error, StoreRefused)
    assert str(error).endswith("leave the user out of the URL, or check the port")


def test_a_broker_that_hangs_is_waited_for_once(serve: Serve) -> None:
    silent, good = serve(None), serve(broker)
    address = Address.of(f"kafka://127.0.0.1:{silent},127.0.0.1:{good}")
    probe(address, 1.0)
    started = monotonic()
    probe(address, 60.0)
    assert monotonic() - started < 10


def test_every_address_of_a_name_is_tried(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    port = serve(broker)
    real = socket.getaddrinfo

    def looked_up(host: str, *rest: Any, **more: Any) -> list[Any]:
        addresses = ("127.0.0.2", "127.0.0.1") if host == "kafka.example" else (host,)
        return [each for address in addresses for each in real(address, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with socket.create_server(("127.0.0.2", port)):  # never answers
        probe(Address.of(f"kafka://kafka.example:{port}"), 1.0)


def broker(asked: bytes) -> bytes:
    """Answers as a broker that takes everybody."""
    [key] = struct.unpack_from(">h", asked, 4)
    return versions(METADATA, 18) if key == 18 else sends_to()


def sends_to(*places: tuple[str, int]) -> bytes:
    """The cluster's brokers, as a broker tells them."""
    told = [
        struct.pack(">ih", number, len(host)) + host.encode() + struct.pack(">ih", port, -1)
        for number, (host, port) in enumerate(places)
    ]
    return answer(struct.pack(">ii", 0, len(told)), *told)


@pytest.mark.parametrize("good", [False, True])
def test_a_broker_may_send_its_clients_astray(serve: Serve, good: bool) -> None:
    elsewhere = [("kafka.invalid", 9092), ("127.0.0.1", serve(None) if good else 1)]

    def answers(asked: bytes) -> bytes:
        [key] = struct.unpack_from(">h", asked, 4)
        return versions(METADATA, 18) if key == 18 else sends_to(*elsewhere)

    port = serve(answers)
    if good:
        probe(Address.of(f"kafka://127.0.0.1:{port}"), 5.0)
        return
    error = said(f"kafka://127.0.0.1:{port}", 5.0)
    assert isinstance(error, StoreUnavailable)
    assert str(error) == (
        f"Kafka 127.0.0.1:{port}: it sends its clients to kafka.invalid:9092, 127.0.0.1:1, where "
        f"no connection can be made: Connection refused (correct its advertised.listeners); {CHECK}"
    )
