"""Futures that may have no waiter left."""

from asyncio import Future
from typing import Any


def settle(future: "Future[Any]", value: Any, error: BaseException | None) -> None:
    """Set ``future`` to ``value``, or to ``error`` if there is one, unless it is already done."""
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


def retrieve(future: "Future[Any]") -> None:
    """Look at the error of a future that is done, or asyncio complains that nobody ever did."""
    if not future.cancelled():
        future.exception()
