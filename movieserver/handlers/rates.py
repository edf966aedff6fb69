"""A user's rates: ``/movies/{id}/users/rate`` for one film, ``/users/rates`` for all."""

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace
from tornado.routing import PathMatches, Rule

from movieserver.answers import to_json
from movieserver.erasure import erase
from movieserver.events import MOVIE_ID
from movieserver.handlers.arguments import argument, integer, legal_id
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.observation import template
from movieserver.handlers.problems import Problem
from movieserver.handlers.resource import Mount, Resource
from movieserver.models import LAST_VERSION, RATES, Rate
from movieserver.tracing import NoRequestTrace

ANSWERS = {rate: to_json({"rate": rate}) for rate in RATES}
RATE_PATH, RATES_PATH = r"/movies/([^/]+)/users/rate", r"/users/rates"
DIGITS = re.compile(r"[1-9]|10")
PAGE = 100
"""Rates on a page unless the client asks for another number."""
LARGEST_PAGE = 1000
CHANGES = frozenset({"POST", "DELETE"})
UNTRACED = NoRequestTrace()
NO_RATE = 'The body must be a JSON object with a rate from 1 to 10: {"rate": 9}'


class ChangeHandler(BaseHandler):
    """A handler that stores rates, and traces them if the profile says so."""

    route: ClassVar[str]
    """The template of the handler's path."""

    def initialize(self, mount: Mount, **state: Any) -> None:
        super().initialize(mount, **state)
        method = self.request.method or ""
        self.trace = (
            self.services.tracer.request(method, self.route, self.request.headers)
            if method in CHANGES
            else UNTRACED
        )

    def on_finish(self) -> None:
        super().on_finish()
        self.trace.end(self.get_status())


class RateHandler(ChangeHandler):
    """A user's rate of one film."""

    route = template(RATE_PATH)

    def initialize(self, mount: Mount, **state: Any) -> None:
        # Tornado would parse a form, and refuse a broken one, before the token is checked.
        self._content_type = self.request.headers.pop("Content-Type", None)
        super().initialize(mount, **state)

    async def post(self, text: str) -> None:
        movie_id = legal_id(text)
        await self._put(movie_id, parse_rate(self.request.body, self._content_type))

    async def get(self, text: str) -> None:
        movie_id = legal_id(text)
        kept = await self.bounded(self.services.stores.rates.get(self.user_id, movie_id))
        if kept is None or kept.rate is None:
            raise Problem(404, "You have not rated this film.")
        self.write_bytes(ANSWERS[kept.rate])

    async def delete(self, text: str) -> None:
        await self._put(legal_id(text), None)

    async def _put(self, movie_id: str, value: int | None) -> None:
        rate = Rate(self.user_id, movie_id, value, self.services.versions.next())
        if not await self._keep(rate):
            # Another process stored a later version: its clock was ahead, or ours was set back.
            self.services.versions.follow(await self.bounded(self.services.stores.rates.latest()))
            await self._keep(replace(rate, version=self.services.versions.next()))
        if value is None:
            self.set_status(204)
        else:
            self.write_bytes(ANSWERS[value])

    async def _keep(self, rate: Rate) -> bool:
        """Store ``rate`` and offer it for announcement; False if a later version is stored."""
        self.trace.storing(rate)
        kept = await self.bounded(self.services.stores.rates.put(rate))
        if kept:
            self.services.announcements.offer(rate)
        return kept


class RatesHandler(ChangeHandler):
    """All of a user's rates."""

    route = template(RATES_PATH)

    async def get(self) -> None:
        limit = integer(self.request, "limit", PAGE, 1, LARGEST_PAGE)
        before = parse_cursor(argument(self.request, "cursor"))
        rates = await self.bounded(
            self.services.stores.rates.user_rates(self.user_id, limit + 1, before)
        )
        page = rates[:limit]
        following = cursor(page[-1]) if len(rates) > limit else None
        self.write_json({"result": [rate_json(rate) for rate in page], "next": following})

    async def delete(self) -> None:
        erased = erase(self.services.stores.rates, self.user_id, self.services.versions)
        for removal in await self.bounded(erased):
            self.trace.storing(removal)
            self.services.announcements.offer(removal)
        self.set_status(204)


def parse_rate(body: bytes, content_type: str | None) -> int:
    """The rate in a body; a string of digits is accepted, because some clients send one.

    Raises ``Problem`` 415 for a type other than JSON, and 400 if there is no rate.
    """
    media_type = (content_type or "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(415, "The body must be application/json.")
    try:
        value = _decode(body.decode("utf-8-sig"))
    except RecursionError as error:
        raise Problem(400, f"{NO_RATE}; this one is nested too deeply.") from error
    except ValueError as error:
        raise Problem(400, f"{NO_RATE}; this one is not readable JSON: {error}.") from error
    rate = value.get("rate") if isinstance(value, dict) else None
    if isinstance(rate, str) and DIGITS.fullmatch(rate):
        rate = int(rate)
    # JSON has only one kind of number: 9.0 is 9, and some clients write it that way.
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or rate not in RATES:
        raise Problem(400, NO_RATE)
    return int(rate)


def rate_json(rate: Rate) -> dict[str, Any]:
    """One entry of a user's list of rates."""
    return {"movie_id": rate.movie_id, "rate": rate.rate, "rated_at": rate.rated_at.isoformat()}


def cursor(last: Rate) -> str:
    """An opaque text for the place after ``last``."""
    return base64.urlsafe_b64encode(f"{last.version}.{last.movie_id}".encode()).decode()


def parse_cursor(text: str | None) -> tuple[int, str] | None:
    """The version and the movie's id that a cursor stands for."""
    if text is None:
        return None
    try:
        version, _, movie_id = base64.b64decode(text, b"-_", validate=True).decode().partition(".")
        if not (version.isdigit() and int(version) <= LAST_VERSION):
            raise ValueError("no version")
        if not MOVIE_ID.fullmatch(movie_id):
            raise ValueError("no movie's id")
        return int(version), movie_id
    except ValueError as error:
        raise Problem(400, "This cursor was not issued by this server.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key occurs twice")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse).decode


def routes(mount: Mount) -> Sequence[Rule]:
    """The resource's rules."""
    return [
        Rule(PathMatches(RATES_PATH), RatesHandler, {"mount": mount}),
        Rule(PathMatches(RATE_PATH), RateHandler, {"mount": mount}),
    ]


resource = Resource(
    "rates",
    routes,
    needs=frozenset({"rates"}),
    access=frozenset({"token"}),
    description=Path(__file__).with_suffix(".yaml"),
)
