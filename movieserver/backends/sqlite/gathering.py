"""Single rows, gathered into one write."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Hashable
from functools import partial
from typing import Generic, TypeVar

from movieserver.backends.sqlite.database import Database
from movieserver.futures import settle

R = TypeVar("R", bound=Hashable)
Insert = Callable[[sqlite3.Connection], Collection[R]]
"""Inserts rows; returns the ones that came too late."""
Waiting = tuple[R, "asyncio.Future[bool]"]


class Gathering(Generic[R]):
    """Makes one work of all the rows that are added in one turn of the event loop.

    With a statement for each row, Python's lock is released for each, and the thread may have to
    wait to get it back every time; with one statement for all rows it waits once.
    """

    def __init__(self, database: Database, insert: Callable[[list[R]], Insert[R]]) -> None:
        """Take ``insert``, which makes a work of rows."""
        self._database = database
        self._insert = insert
        self._waiting: list[Waiting[R]] = []

    def add(self, row: R) -> "asyncio.Future[bool]":
        """Write ``row``; the future is done once it is on the disk: False if it came too late.

        It fails as ``Database.write`` does.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._submit)
        future: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((row, future))
        return future

    def _submit(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            written = self._database.write(self._insert([row for row, _ in waiting]))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the rows
            _settle(waiting, (), error)
        else:
            written.add_done_callback(partial(_hand_over, waiting))


def _hand_over(waiting: list[Waiting[R]], done: "asyncio.Future[Collection[R]]") -> None:
    error = done.exception()
    _settle(waiting, () if error else done.result(), error)


def _settle(waiting: list[Waiting[R]], late: Collection[R], error: BaseException | None) -> None:
    for row, future in waiting:
        settle(future, row not in late, error)
