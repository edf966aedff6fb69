"""The boundary where the driver's errors become the project's."""

from collections.abc import Iterator
from contextlib import contextmanager

from cassandra import (
    AuthenticationFailed,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    Unauthorized,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException
from cassandra.protocol import SyntaxException

from movieserver.errors import StoreError, StoreRefused, StoreUnavailable

MIGRATE = "run 'movieserver migrate'"
DRIVER = (DriverException, NoHostAvailable, ConnectionException, OSError)
"""What the driver raises."""


def failure(error: Exception, place: str) -> StoreError:
    """The project's error for one of the driver's at ``place``."""
    causes = [error, *_of_hosts(error)]
    if any(isinstance(cause, AuthenticationFailed) for cause in causes):
        return StoreRefused(f"{place}: the user or the password is wrong")
    if isinstance(error, Unauthorized):
        return StoreRefused(f"{place}: {_line(error)}; grant the user what is missing")
    if isinstance(error, InvalidRequest | SyntaxException):
        return StoreRefused(f"{place}: {_line(error)}; {MIGRATE}")
    if isinstance(error, OperationTimedOut):
        return StoreUnavailable(f"{place}: no answer within the time limit")
    return StoreUnavailable(f"{place}: {_line(error)}")


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn every error of the driver in the block into the project's."""
    try:
        yield
    except DRIVER as error:
        raise failure(error, place) from error


def _of_hosts(error: Exception) -> list[Exception]:
    errors = error.errors if isinstance(error, NoHostAvailable) else None
    return list(errors.values()) if isinstance(errors, dict) else []


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
