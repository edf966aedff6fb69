"""A resource that waits as long as it is asked to, or fails in a way that nobody foresaw."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from tornado.httputil import HTTPServerRequest
from tornado.routing import PathMatches, Rule
from tornado.web import HTTPError

from movieserver.handlers import Mount, Resource
from movieserver.handlers.arguments import last_part
from movieserver.handlers.base import BaseHandler
from movieserver.handlers.memory import memory_rule
from movieserver.jobs import Job

UNFIT = ("%s of %s", 1)
"""A line of the log that lacks a value."""


class SurpriseHandler(BaseHandler):
    async def get(self) -> None:
        await asyncio.sleep(float(self.get_query_argument("seconds", "0")))
        if status := self.get_query_argument("status", ""):
            raise HTTPError(int(status), "nothing for %s", "clients")
        if self.get_query_argument("unfit", ""):
            logging.getLogger("surprise").warning(*UNFIT)
            self.get_argument("needed")
        if self.get_query_argument("token", ""):
            raise KeyError(self.request.headers["Authorization"])
        if language := self.get_query_argument("language", ""):
            self.set_header("Vary", "Accept-Language")
        self.write_json(language * 1000)


class Stubborn(Job):
    """Does not end when it is cancelled."""

    async def step(self) -> bool:
        logging.getLogger("surprise").warning("a step has begun")
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.1)

    async def wait(self) -> None:
        """There is nothing to wait for."""


def routes(mount: Mount) -> Sequence[Rule]:
    return [
        Rule(PathMatches("/surprise"), SurpriseHandler, {"mount": mount}),
        memory_rule("/surprise/memory", mount, forgetful),
        memory_rule("/surprise/stores", mount, lambda _: without_stores(mount)),
        memory_rule("/surprise/memory/([0-9]+)", mount, failing),
    ]


def forgetful(_request: HTTPServerRequest) -> NoReturn:
    raise KeyError("secret")


def without_stores(mount: Mount) -> NoReturn:
    raise AssertionError(f"the profile has {mount.services.stores.rates}")


def failing(request: HTTPServerRequest) -> NoReturn:
    raise HTTPError(int(last_part(request)))


resource = Resource("surprise", routes)
