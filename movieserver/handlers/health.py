"""``GET /health/live`` and ``GET /health/ready``: for monitoring and load balancers."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.routing import PathMatches, Rule

from movieserver.backends import Store
from movieserver.errors import StoreError
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.resource import Mount, Resource

if TYPE_CHECKING:
    from movieserver.tokens.verifier import TokenVerifier

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds within which a store or an issuer must answer a ping."""


class LiveHandler(BaseHandler):
    """Answers as long as the process runs and its event loop turns."""

    def get(self) -> None:
        self.write_json({"live": True})


class ReadyHandler(BaseHandler):
    """Says whether the process can do its work.

    It can if the stores answer, tokens can be checked, the memory is loaded and no stop has begun.
    """

    async def get(self) -> None:
        stores, tokens = await asyncio.gather(self._stores(), self._tokens())
        memory = self._memory()
        stopping = self.services.lifecycle.stopping
        ready = (
            not stopping
            and all(each["up"] for each in (*stores.values(), *tokens.values()))
            and all(snapshot["loaded"] for snapshot in memory.values())
        )
        self.set_status(200 if ready else 503)
        self.write_json(
            {"ready": ready, "stopping": stopping, "stores": stores, **tokens, "memory": memory}
        )

    async def _stores(self) -> dict[str, dict[str, Any]]:
        stores = self.services.stores.listed
        states = await asyncio.gather(*(self._state(*each) for each in stores.items()))
        return dict(zip(stores, states, strict=True))

    async def _state(self, role: str, store: Store) -> dict[str, Any]:
        if (error := self.services.openings.reason([role])) is not None:
            return {"up": False, "reason": str(error)}
        return await state(store)

    async def _tokens(self) -> dict[str, dict[str, Any]]:
        verifier = self.services.tokens
        return {"tokens": await state(verifier)} if verifier is not None else {}

    def _memory(self) -> dict[str, dict[str, Any]]:
        return {
            name: {"loaded": snapshot.loaded, "age_seconds": snapshot.age}
            for name, snapshot in self.services.memory.filled.items()
        }


async def state(store: "Store | TokenVerifier", patience: float = PATIENCE) -> dict[str, Any]:
    """Whether a store answers within ``patience``, or a verifier has keys, and if not, why."""
    try:
        async with asyncio.timeout(patience):
            await store.ping()
    except TimeoutError:
        return {"up": False, "reason": f"no answer within {patience:g} s"}
    except StoreError as error:
        return {"up": False, "reason": str(error)}
    except Exception as error:
        log.exception("a ping failed with an error that is not a store's")
        return {"up": False, "reason": f"its ping failed: {type(error).__name__}"}
    return {"up": True}


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    return [
        Rule(PathMatches(r"/health/live"), LiveHandler, {"mount": mount}),
        Rule(PathMatches(r"/health/ready"), ReadyHandler, {"mount": mount}),
    ]


resource = Resource(
    "health",
    routes,
    description=Path(__file__).with_suffix(".yaml"),
)
