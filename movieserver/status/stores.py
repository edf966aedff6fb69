"""The state of stores, according to the stores themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from movieserver.backends import Store
from movieserver.errors import StoreError, StoreRefused
from movieserver.services import Stores
from movieserver.topic import TopicSettings


@dataclass(frozen=True)
class StoresStatus:
    """What the stores answered."""

    reasons: Mapping[str, StoreError | None]
    """Why each store does not work, by role; None if it works."""
    counts: Mapping[str, int]
    """What is on its way: ``pending`` rates, and the ``lag`` of the consumers in events."""

    @property
    def ready(self) -> bool:
        """Whether all stores work."""
        return not any(self.reasons.values())


async def ask_stores(stores: Stores, topic: TopicSettings) -> StoresStatus:
    """The status of ``stores``, which are opened and closed again; makes no database."""
    reasons: dict[str, StoreError | None] = {}
    counts: dict[str, int] = {}
    for role, store in stores.listed.items():
        try:
            await open_existing(store)
            if role == "rates":
                counts["pending"] = await stores.rates.pending_count()
            if role == "events":
                counts["lag"] = await stores.events.lag(topic.topic, topic.group)
            reasons[role] = None
        except StoreError as error:
            reasons[role] = error
        finally:
            await store.close()
    return StoresStatus(reasons, counts)


async def open_existing(store: Store) -> None:
    """Open ``store`` and see that it answers; raises ``StoreError`` if it is absent or fails."""
    if (path := store.missing_file()) is not None:
        raise StoreRefused(f"{path}: there is no such database")
    await store.open()
    await store.ping()
