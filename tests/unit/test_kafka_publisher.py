"""A producer of Kafka's that fails in ways that its driver has no name for."""

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
