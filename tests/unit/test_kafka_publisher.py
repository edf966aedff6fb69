"""A producer of Kafka's that fails in ways that its driver has no name for."""

import asyncio
import threading

import pytest

from movieserver.backends import Message
from movieserver.backends.kafka import publisher
from movieserver.backends.kafka.address import Address
from movieserver.backends.kafka.publisher import Publisher
from movieserver.errors import StoreUnavailable


class BrokenProducer:
    """Can neither send nor be closed."""

    made = 0

    def __init__(self, **_settings: object) -> None:
        BrokenProducer.made += 1

    def send(self, *_: object, **__: object) -> None:
        raise OSError("the network is down")

    def close(self, timeout: float) -> None:
        raise RuntimeError("dictionary changed size during iteration")


@pytest.mark.gen_test
async def test_one_that_cannot_even_be_closed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "KafkaProducer", BrokenProducer)
    monkeypatch.setattr(publisher, "probe", lambda *_: None)
    made = Publisher(Address.of("kafka://localhost:9092"), 5.0, lambda: None)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="the network is down"):
            await made.publish("topic", [Message(b"key", b"value", b"tt1")], 8)
    await made.close()
    assert BrokenProducer.made == 2


@pytest.mark.gen_test
async def test_one_that_hangs_does_not_hold_up_the_close(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends = threading.Event()

    class HangingProducer(BrokenProducer):
        def send(self, *_: object, **__: object) -> None:
            ends.wait(30)
            raise OSError("the network is down")

    monkeypatch.setattr(publisher, "KafkaProducer", HangingProducer)
    monkeypatch.setattr(publisher, "probe", lambda *_: None)
    monkeypatch.setattr(publisher, "GRACE", 0.01)
    made = Publisher(Address.of("kafka://localhost:9092"), 0.1, lambda: None)
    with pytest.raises(StoreUnavailable, match="no answer"):
        await made.publish("topic", [Message(b"key", b"value", b"tt1")], 8)
    try:
        async with asyncio.timeout(10):
            await made.close()
    finally:
        ends.set()
        await asyncio.to_thread(made._thread.join)
    assert "the producer did not stop in time" in caplog.text
