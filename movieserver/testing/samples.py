"""What the contract suites have in common: random rates, and everything that a scan gives."""

import random
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from movieserver.models import RATES, Rate

T = TypeVar("T")


def history(seed: int, movie_ids: Sequence[str], length: int = 400) -> list[Rate]:
    """Random states of few users, movies and versions, so that they collide, tie and repeat."""
    chance = random.Random(seed)
    rates = [
        Rate(
            user_id=f"user {chance.randrange(5)}",
            movie_id=chance.choice(movie_ids),
            rate=chance.choice([None, *RATES]),
            version=chance.randint(1, 20),
        )
        for _ in range(length)
    ]
    replayed = rates + chance.sample(rates, length // 4)
    chance.shuffle(replayed)
    return replayed


async def listed(lists: AsyncIterator[list[T]]) -> list[T]:
    """Everything that a scan or a read gives; checks that no list is empty or too long."""
    items: list[T] = []
    async for each in lists:
        assert 0 < len(each) <= 10_000
        items += each
    return items
