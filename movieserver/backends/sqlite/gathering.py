"""Single rows, gathered into one write."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from movieserver.backends.futures import settle
from movieserver.backends.sqlite.database import Database

R = TypeVar("R", bound=Hashable)
Insert = Callable[[sqlite3.Connection], Collection[R]]
"""Inserts rows; returns the ones that came too late."""


@dataclass(slots=True)
class Group(Generic[R]):
    """The rows of one turn of the event loop, and a future for each."""

    rows: list[R] = field(default_factory=list)
    futures: "list[asyncio.Future[bool]]" = field(default_factory=list)


class Gathering(Generic[R]):
    """Makes one work of all the rows that are added in one turn of the event loop.

    With a statement for each row, Python's lock is released for each, and the thread may have to
    wait to get it back every time; with one statement for all rows it waits once.
    """

    def __init__(self, database: Database, insert: Callable[[list[R]], Insert[R]]) -> None:
        """Take ``insert``, which makes a work of rows."""
        self._database = database
        self._insert = insert
        self._group: Group[R] | None = None

    def add(self, row: R) -> "asyncio.Future[bool]":
        """Write ``row``; the future is done once it is on the disk: False if it came too late.

        It fails as ``Database.write`` does.
        """
        loop = asyncio.get_running_loop()
        if self._group is None:
            self._group = Group()
            loop.call_soon(self._submit, self._group)
        future: asyncio.Future[bool] = loop.create_future()
        self._group.rows.append(row)
        self._group.futures.append(future)
        return future

    def _submit(self, group: Group[R]) -> None:
        self._group = None
        try:
            written = self._database.write(self._insert(group.rows))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the rows
            _fail(group, error)
        else:
            written.add_done_callback(lambda done: _settle(group, done))


def _settle(group: Group[R], done: "asyncio.Future[Collection[R]]") -> None:
    if done.cancelled():
        for future in group.futures:
            future.cancel()
    elif error := done.exception():
        _fail(group, error)
    else:
        late = done.result()
        for row, future in zip(group.rows, group.futures, strict=True):
            settle(future, row not in late)


def _fail(group: Group[R], error: BaseException) -> None:
    for future in group.futures:
        settle(future, False, error)
