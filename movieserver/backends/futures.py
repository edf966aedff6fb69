"""Futures that somebody may have stopped to wait for."""

from asyncio import Future
from typing import Any


def settle(future: "Future[Any]", value: Any, error: BaseException | None = None) -> None:
    """Give ``future`` its value, or its error where there is one, unless it is done already."""
    if future.done():
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
