"""Rates for a consumer, and what became of them."""

from movieserver import events
from movieserver.jobs.consume_rates import ConsumeOptions, ConsumeRates
from movieserver.models import Average, Rate
from movieserver.services import Services

RATES = [Rate(f"user{number}", "tt1", 1 + number % 10, number + 1) for number in range(25)]
SMALL = ConsumeOptions(batch=4, ahead=10)
AVERAGE = Average("tt1", sum(rate.rate or 0 for rate in RATES), len(RATES))


async def publish(services: Services, rates: list[Rate]) -> None:
    messages = [events.encode(rate) for rate in rates]
    await services.stores.events.publish(services.topics.topic, messages)


async def left(services: Services) -> int:
    """Events that the group has yet to commit."""
    return await services.stores.events.lag(services.topics.topic, services.topics.group)


async def averages(services: Services) -> list[Average]:
    return [average async for page in services.stores.movies.scan_averages() for average in page]


async def drain(job: ConsumeRates) -> int:
    """Steps until there is nothing more at once."""
    steps = 1
    while await job.step():
        steps += 1
    return steps
