"""Dead letters: none too large for its topic, and none in the way of what can be read."""

import pytest

from movieserver.backends import Message, Record
from movieserver.backends.event_log import Headers, size_of
from movieserver.errors import StoreRefused
from movieserver.jobs.consume_rates import ConsumeOptions, ConsumeRates
from movieserver.jobs.dead_letters import PORTION, dead_letter, portion_of
from movieserver.services import Services
from tests.unit.consuming import AVERAGE, RATES, averages, drain, left, publish


def test_dead_letters_that_are_large_by_their_headers_are_published_a_few_at_a_time() -> None:
    large = (("h", bytes(PORTION // 4)),)
    dead = [dead_letter(Record("t", 0, n, None, b"", large, 0.0), "bad") for n in range(10)]
    assert len(portion_of(dead)) == 4


def test_a_reason_that_quotes_a_megabyte_makes_no_dead_letter_too_large_for_its_topic() -> None:
    letter = dead_letter(Record("t", 0, 0, None, None, (), 0.0), r"cannot read: \xff" * 2**18)
    assert dict(letter.headers)["reason"].startswith(rb"cannot read: \xffcannot")
    assert size_of(letter) < 2000


@pytest.mark.parametrize(
    "headers",
    [(("\N{GRINNING FACE}" * 2**19, b""),), (("h", b""),) * 2**19],
    ids=["a long name in UTF-8", "many headers"],
)
def test_headers_make_no_dead_letter_too_large_for_its_topic(headers: Headers) -> None:
    letter = dead_letter(Record("t", 0, 0, b"k", b"no event", headers, 0.0), "bad")
    assert [*dict(letter.headers)] == ["reason", "topic", "partition", "offset", "size"]


@pytest.mark.gen_test
async def test_a_dead_letter_that_cannot_be_buried_holds_up_no_average_of_its_batch(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, topics = services.stores.events, services.topics
    await log.publish(topics.topic, [Message(b"k", b"no event", b"k", ())])
    await publish(services, RATES)
    job = ConsumeRates(services, ConsumeOptions(batch=100))

    async def refuse(*_: object) -> None:
        raise StoreRefused("too large")

    with monkeypatch.context() as patched:
        patched.setattr(log, "publish", refuse)
        await job.step()
        with pytest.raises(StoreRefused):
            await job.step()
    assert await averages(services) == [AVERAGE]
    assert await left(services) == len(RATES) + 1
    await drain(job)
    assert await left(services) == 0
    assert len([page async for page in log.read(topics.dead_topic)]) == 1
    await job.finish()
