"""The stores of a command are closed, whatever happens."""

import argparse
import asyncio
from typing import Any, cast

import pytest

from movieserver.backends import Store
from movieserver.clock import Clock
from movieserver.commands import stores as command_stores
from movieserver.commands.stores import with_existing_stores, with_stores
from movieserver.errors import ConfigurationError, StoreUnavailable
from movieserver.profile import Profile
from movieserver.services import Stores
from movieserver.status.stores import ask_stores
from movieserver.topic import TopicSettings

ARGUMENTS = argparse.Namespace(profile="dev", data=None)


class Fake:
    """A store that notes what is done with it; all of it fails from ``failing`` on."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.calls: list[str] = []

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if call == self.failing:
            raise StoreUnavailable(f"{call} failed")

    def missing_file(self) -> None:
        """It is there."""

    async def open(self) -> None:
        self._note("open")

    async def ping(self) -> None:
        self._note("ping")

    async def pending_count(self) -> int:
        self._note("pending_count")
        return 3

    async def lag(self, topic: str, group: str) -> int:
        self._note(f"lag of {topic}, {group}")
        return 4

    async def close(self) -> None:
        self._note("close")


def stores_of(**fakes: Fake) -> Stores:
    return Stores({role: cast("Store", fake) for role, fake in fakes.items()})


@pytest.mark.parametrize("run", [with_stores, with_existing_stores])
@pytest.mark.parametrize("failing", ["", "open", "work"])
def test_they_are_closed_after_the_work_and_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, run: Any, failing: str
) -> None:
    first, second = Fake(), Fake(failing)
    stores = stores_of(movies=first, rates=second)
    monkeypatch.setattr(command_stores, "make_stores", lambda *_, **__: stores)

    async def work(_profile: Profile, given: Stores, _clock: Clock) -> str:
        assert given is stores
        assert (first.calls, second.calls) == (["open"], ["open"])
        if failing:
            raise ConfigurationError("work failed")
        return "done"

    if failing:
        with pytest.raises((ConfigurationError, StoreUnavailable), match=f"{failing} failed"):
            run(ARGUMENTS, work)
    else:
        assert run(ARGUMENTS, work) == "done"
    assert first.calls[-1] == second.calls[-1] == "close"


def test_a_store_that_fails_is_closed_and_the_others_are_asked() -> None:
    fakes = {"movies": Fake("ping"), "rates": Fake("pending_count"), "events": Fake()}
    topic = TopicSettings()
    status = asyncio.run(ask_stores(stores_of(**fakes), topic))
    reasons = {role: reason and str(reason) for role, reason in status.reasons.items()}
    assert reasons == {"movies": "ping failed", "rates": "pending_count failed", "events": None}
    assert status.counts == {"lag": 4}
    assert not status.ready
    assert [fake.calls for fake in fakes.values()] == [
        ["open", "ping", "close"],
        ["open", "ping", "pending_count", "close"],
        ["open", "ping", f"lag of {topic.topic}, {topic.group}", "close"],
    ]
